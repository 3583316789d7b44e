package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// List returns the runs below root, oldest first.
func List(root string) ([]Dir, error) {
	entries, err := os.ReadDir(filepath.Join(root, "runs"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var dirs []Dir
	for _, e := range entries {
		if e.IsDir() {
			dirs = append(dirs, Dir{Root: root, ID: e.Name()})
		}
	}
	sort.Slice(dirs, func(i, j int) bool { return dirs[i].ID < dirs[j].ID })
	return dirs, nil
}

// maxCandidates is how many of them are named.
const maxCandidates = 8

// Find returns the run that name means: "last", a whole id, an unambiguous
// part of one, or the path of a run's directory.
func Find(root, name string) (Dir, error) {
	if st, err := os.Stat(filepath.Join(name, Attempt)); err == nil && !st.IsDir() {
		return fromPath(name)
	}
	all, err := List(root)
	if err != nil {
		return Dir{}, err
	}
	if name == "" { // a part of every name
		return Dir{}, fmt.Errorf("%w: its name is empty", ErrNoRun)
	}
	if name == "last" && len(all) > 0 {
		return all[len(all)-1], nil
	}
	var hits []Dir
	for _, d := range all {
		if d.ID == name {
			return d, nil
		}
		if strings.Contains(d.ID, name) {
			hits = append(hits, d)
		}
	}
	switch len(hits) {
	case 1:
		return hits[0], nil
	case 0:
		return Dir{}, fmt.Errorf("%w: %q in %s", ErrNoRun, name, root)
	}
	return Dir{}, fmt.Errorf("%w: %q fits %d runs: %s", ErrAmbiguous, name, len(hits), candidates(hits))
}

// candidates names runs, the newest first.
func candidates(hits []Dir) string {
	var ids []string
	for i := len(hits) - 1; i >= 0 && len(ids) < maxCandidates; i-- {
		ids = append(ids, hits[i].ID)
	}
	if more := len(hits) - len(ids); more > 0 {
		ids = append(ids, fmt.Sprintf("and %d older", more))
	}
	return strings.Join(ids, ", ")
}

func fromPath(path string) (Dir, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Dir{}, fmt.Errorf("run directory: %w", err)
	}
	return Dir{Root: filepath.Dir(filepath.Dir(abs)), ID: filepath.Base(abs)}, nil
}

// ErrNoRun means that no run has that name; ErrAmbiguous that several have it as a
// part of theirs.
var (
	ErrNoRun     = errors.New("no such run")
	ErrAmbiguous = errors.New("ambiguous name of a run")
)
