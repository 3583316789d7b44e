package agent

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A space is what a file system says of itself, in bytes.
type space struct {
	dev         uint64
	kind        int64
	block       uint64
	total, free uint64
	readOnly    bool
}

func lookAt(dir string) (space, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return space{}, fmt.Errorf("looking at %s: %w", dir, err)
	}
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return space{}, fmt.Errorf("looking at %s: %w", dir, err)
	}
	block := uint64(max(cmp.Or(fs.Frsize, fs.Bsize), 1))
	return space{dev: st.Dev, kind: fs.Type, block: block, total: fs.Blocks * block, free: fs.Bfree * block, readOnly: fs.Flags&unix.ST_RDONLY != 0}, nil
}

func (s space) used() uint64 { return s.total - min(s.free, s.total) }

// missing is what must be taken until the share is used.
func (s space) missing(share float64) uint64 {
	want := uint64(share * float64(s.total))
	return min(want-min(s.used(), want), s.free)
}

// overNetwork are file systems whose space is another machine's.
var overNetwork = map[int64]string{unix.NFS_SUPER_MAGIC: "NFS", unix.CIFS_SUPER_MAGIC: "CIFS", unix.SMB2_SUPER_MAGIC: "SMB", unix.CEPH_SUPER_MAGIC: "Ceph", unix.AFS_SUPER_MAGIC: "AFS", unix.V9FS_MAGIC: "9p"}

// mayBeFilled refuses what others depend on.
func (s space) mayBeFilled(spec Spec) error {
	missing := s.missing(spec.Share)
	switch {
	case s.readOnly:
		return errors.New("the file system is read-only")
	case s.total == 0:
		return errors.New("the file system does not say how large it is")
	case missing < s.block:
		return fmt.Errorf("%s of %s are in use as it is: there is nothing to take", percent(s.used(), s.total), size(s.total))
	case overNetwork[s.kind] != "":
		return fmt.Errorf("the file system is reached by %s: others may depend on its space", overNetwork[s.kind])
	}
	if s.kind == unix.TMPFS_MAGIC || s.kind == unix.RAMFS_MAGIC {
		return s.fitsIntoMemory(missing)
	}
	return s.isApart(spec)
}

// memoryShare is how much of what memory is available a full tmpfs may take.
const memoryShare = 4

func (s space) fitsIntoMemory(missing uint64) error {
	if s.kind == unix.RAMFS_MAGIC {
		return errors.New("a ramfs has no bounds: use a tmpfs with a size")
	}
	free, err := available()
	if err != nil {
		return err
	}
	if missing > free/memoryShare {
		return fmt.Errorf("%s of memory would be taken, more than a quarter of what is available (%s): give the tmpfs a size", size(missing), size(free))
	}
	return nil
}

// isApart asks whether the space is only this file system's: neither the runtime's
// own disk nor one of the machine's.
func (s space) isApart(spec Spec) error {
	if spec.Shared == "" {
		return errors.New("nothing shows that others do not depend on its space")
	}
	theirs, err := lookAt(spec.Shared)
	if err != nil {
		return err
	}
	quota := s.kind == theirs.kind && s.total < theirs.total && s.free < theirs.free // a directory of it, with less
	if s.dev == theirs.dev && !quota || s.kind == theirs.kind && near(s.free, theirs.free) {
		return fmt.Errorf("it is on the engine's own disk (%s, %s free): filling it would stop everything on this machine; use a tmpfs, or a volume with a file system of its own, such as one made with --opt type=tmpfs --opt device=tmpfs --opt o=size=64m", size(theirs.total), size(theirs.free))
	}
	for _, dev := range spec.Avoid {
		if dev == s.dev && !quota {
			return errors.New("it is on a disk that this machine uses itself: filling it would stop more than the target")
		}
	}
	return nil
}

// near says that two looks at one pool of space, a moment apart, may show this.
func near(a, b uint64) bool {
	const moment = 1 << 20
	return a > 0 && max(a, b)-min(a, b) <= moment
}

// available is the kernel's estimate of what memory programs can get.
func available() (uint64, error) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		if rest, ok := strings.CutPrefix(in.Text(), "MemAvailable:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("the kernel does not tell how much memory is available")
}

// Devices are the disks that this machine uses itself, as far as this process can
// tell.
func Devices() []uint64 {
	var out []uint64
	for _, dir := range []string{"/", ".", os.TempDir(), "/var", "/var/lib", "/var/log", "/home", "/root"} {
		var st unix.Stat_t
		if unix.Stat(dir, &st) == nil {
			out = append(out, st.Dev)
		}
	}
	return out
}

func percent(n, of uint64) string { return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(max(of, 1))) }

// size is in the unit in which it has few digits.
func size(n uint64) string {
	for _, u := range []struct {
		suffix string
		times  uint64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}} {
		if n >= u.times {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.times), u.suffix)
		}
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
