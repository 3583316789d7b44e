//go:build !unix

package rundir

import (
	"errors"
	"os"
)

// ErrLocked means that a living process works in the run's directory.
var ErrLocked = errors.New("the run is still going on")

// Lock does nothing here: drills run on Linux only.
func (d Dir) Lock() (unlock func() error, err error) { return func() error { return nil }, nil }

func lockWait(*os.File) error { return nil }
