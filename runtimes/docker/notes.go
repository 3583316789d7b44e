package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/moby/moby/api/types/container"

	"github.com/drillctl/drillctl/internal/atomicfile"
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
		err = atomicfile.Write(n.path, data)
	}
	if err != nil {
		return fmt.Errorf("noting a restart policy: %w", err)
	}
	return nil
}
