package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/moby/moby/api/types/container"
)

// notes are what an undo needs to know of containers and the engine does not
// keep: on disk before the act, in the run's log directory.
type notes struct {
	path string
	mu   sync.Mutex
	// Policies are restart policies before they were switched off.
	Policies map[string]container.RestartPolicy `json:"policies"`
}

const notesFile = "docker.json"

func openNotes(dir string) (*notes, error) {
	n := &notes{path: filepath.Join(dir, notesFile), Policies: map[string]container.RestartPolicy{}}
	if err := readJSON(n.path, n); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("notes about containers: %w", err)
	}
	return n, nil
}

func (n *notes) policy(id string) (container.RestartPolicy, bool) {
	if n == nil {
		return container.RestartPolicy{}, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p, ok := n.Policies[id]
	return p, ok
}

// keep returns when the policy is on disk. The first one counts: a later one may
// be ours.
func (n *notes) keep(id string, p container.RestartPolicy) error {
	if n == nil {
		return errors.New("there is no place to note restart policies")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.Policies[id]; ok {
		return nil
	}
	n.Policies[id] = p
	data, err := json.Marshal(n)
	if err == nil {
		err = writeSynced(n.path, data)
	}
	if err != nil {
		return fmt.Errorf("noting a restart policy: %w", err)
	}
	return nil
}

// writeSynced replaces a file so that a crash leaves the old or the new.
func writeSynced(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".docker-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
