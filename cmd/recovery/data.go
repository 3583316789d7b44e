package recovery

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drillctl/drillctl/runner/rundir"
)

// DataDir is where the stores of a run keep their data while it lasts. It is
// beside the run's own directory, which holds evidence only.
func DataDir(root, id string) string { return filepath.Join(root, "data", id) }

// SweepData removes the data of runs that died, under the lock of each, so that
// a living run keeps its own.
func SweepData(root string) error {
	entries, err := os.ReadDir(filepath.Join(root, "data"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("data of dead runs: %w", err)
	}
	var errs error
	for _, e := range entries {
		errs = errors.Join(errs, sweepOne(root, e.Name()))
	}
	return errs
}

func sweepOne(root, id string) error {
	unlock, err := rundir.Dir{Root: root, ID: id}.Lock()
	switch {
	case errors.Is(err, rundir.ErrLocked):
		return nil
	case errors.Is(err, fs.ErrNotExist): // the run's directory was removed by hand
		unlock = func() error { return nil }
	case err != nil:
		return err
	}
	if err := os.RemoveAll(DataDir(root, id)); err != nil {
		return errors.Join(fmt.Errorf("data of run %s: %w", id, err), unlock())
	}
	return unlock()
}
