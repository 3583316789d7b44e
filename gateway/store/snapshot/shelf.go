package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Shelf is a directory of snapshots of one log, newest last by name.
type Shelf struct {
	Dir  string
	Keep int // how many to keep; 0 keeps all
}

// ext ends the names of snapshot files.
const ext = ".snapshot"

// Put saves s and removes the oldest beyond Keep. Snapshots are ordered by
// epoch and, within it, by when they were taken.
func (h Shelf) Put(s Snapshot) error {
	if err := s.Save(filepath.Join(h.Dir, fmt.Sprintf("%020d-%020d", s.Epoch, s.Taken)+ext)); err != nil {
		return err
	}
	names, err := h.names()
	if err != nil || h.Keep == 0 {
		return err
	}
	var errs []error
	for _, old := range names[:max(0, len(names)-h.Keep)] {
		errs = append(errs, os.Remove(filepath.Join(h.Dir, old)))
	}
	return errors.Join(errs...)
}

// Newest returns the newest snapshot that is whole, or the zero Snapshot if
// there is none; damaged names the newer ones that had to be passed over.
func (h Shelf) Newest() (s Snapshot, damaged []string, err error) {
	names, err := h.names()
	for _, name := range slices.Backward(names) {
		s, err := Load(filepath.Join(h.Dir, name))
		if err == nil {
			return s, damaged, nil
		}
		if !errors.Is(err, ErrCorrupt) {
			return Snapshot{}, damaged, err
		}
		damaged = append(damaged, name)
	}
	return Snapshot{}, damaged, err
}

// All returns every snapshot, oldest first.
func (h Shelf) All() ([]Snapshot, error) {
	names, err := h.names()
	var all []Snapshot
	for _, name := range names {
		s, bad := Load(filepath.Join(h.Dir, name))
		if bad != nil {
			err = errors.Join(err, bad)
			continue
		}
		all = append(all, s)
	}
	return all, err
}

func (h Shelf) names() ([]string, error) {
	files, err := os.ReadDir(h.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the snapshots: %w", err)
	}
	var names []string
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ext) {
			names = append(names, f.Name())
		}
	}
	return names, nil
}
