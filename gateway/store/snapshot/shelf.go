package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Shelf is a directory of snapshots of one log, newest last by name. It keeps
// all of them.
type Shelf struct{ Dir string }

// ext ends the names of snapshot files.
const ext = ".snapshot"

// Put saves s. Snapshots are ordered by epoch and, within it, by when they were
// taken.
func (h Shelf) Put(s Snapshot) error {
	return s.Save(filepath.Join(h.Dir, fmt.Sprintf("%020d-%020d", s.Epoch, s.Taken)+ext))
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
