package agent

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// nameless makes a file in a directory without leaving one. A name, where there
// has to be one, is there for a moment.
func nameless(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err == nil {
		return os.NewFile(uintptr(fd), dir), nil
	}
	if !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EISDIR) {
		return nil, fmt.Errorf("making a file in %s: %w", dir, err)
	}
	f, err := os.CreateTemp(dir, ".drillctl-")
	if err != nil {
		return nil, fmt.Errorf("making a file in %s: %w", dir, err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func allocate(f *os.File, off, n int64) error { return unix.Fallocate(int(f.Fd()), 0, off, n) }

// write is for file systems that only give space to what is written.
func write(f *os.File, off, n int64) error {
	b := make([]byte, min(n, 1<<20))
	for i := range b {
		b[i] = 1 // a file system may not store zeros
	}
	for end := off + n; off < end; off += int64(len(b)) {
		if _, err := f.WriteAt(b[:min(int64(len(b)), end-off)], off); err != nil {
			return err
		}
	}
	return nil
}

func allocated(f *os.File) (int64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, fmt.Errorf("looking at the file that holds the space: %w", err)
	}
	return st.Blocks * 512, nil
}

// isFull says that there is no space, or no more for us.
func isFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// tryWrite writes a block as any program would.
func tryWrite(dir string) Probe {
	began := time.Now()
	err := func() error {
		f, err := nameless(dir)
		if err != nil {
			return err
		}
		_, err = f.Write(make([]byte, 4096))
		return errors.Join(err, f.Sync(), f.Close())
	}()
	p := Probe{Up: err == nil, Full: isFull(err), Took: time.Since(began), Said: "done"}
	if err != nil {
		p.Said = err.Error()
	}
	return p
}
