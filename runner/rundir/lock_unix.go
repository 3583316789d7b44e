//go:build unix

package rundir

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrLocked means that a living process works in the run's directory.
var ErrLocked = errors.New("the run is still going on")

// Lock takes the run for this process until the returned function is called or
// the process dies, however it dies.
func (d Dir) Lock() (unlock func() error, err error) {
	f, err := os.OpenFile(d.Path(LockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(fmt.Errorf("run %s: %w", d.ID, ErrLocked), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock: %w", err), f.Close())
	}
	return f.Close, nil
}

// lockWait waits until this process has the file for itself; closing it gives
// it back.
func lockWait(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX) }
