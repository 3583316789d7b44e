// Package journal is the write-ahead record of damage. An intent is on disk
// before the act, so that after a crash the journal alone says what has to be
// taken back.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/drillctl/drillctl/internal/atomicfile"
	"github.com/drillctl/drillctl/runtimes"
)

// A State is how far one piece of damage has come.
type State string

// The states of an entry, in order.
const (
	Intent   State = "intent"
	Reverted State = "reverted"
)

// An Entry is one change of state of one fault on one instance.
type Entry struct {
	ID    string          `json:"id"` // step and instance, unique within the journal
	State State           `json:"state"`
	Ref   runtimes.Ref    `json:"ref"`
	Kind  string          `json:"kind"`
	Fault json.RawMessage `json:"fault,omitempty"` // the fault itself, after Arm
}

// A Journal is open for appending. It is safe for concurrent use.
type Journal struct {
	mu sync.Mutex
	f  *os.File
}

// Open opens the journal at path for appending, making it if need be. A torn
// last line, which is what a crash leaves, is cut off first. The file and its
// directory entry are on disk when Open returns.
func Open(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := errors.Join(cutTornLine(f), f.Sync(), atomicfile.SyncDir(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("journal %s: %w", path, err), f.Close())
	}
	return &Journal{f: f}, nil
}

// Append returns when the entry is on disk.
func (j *Journal) Append(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("journal entry %s: %w", e.ID, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.f.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("journal entry %s: %w", e.ID, err)
	}
	if err := j.f.Sync(); err != nil {
		return fmt.Errorf("journal entry %s: %w", e.ID, err)
	}
	return nil
}

// Close closes the file. Nothing is lost by not closing.
func (j *Journal) Close() error { return j.f.Close() }

// Outstanding returns the intents that were never reverted, newest first. A
// torn last line is ignored; damage anywhere else is an error, because what it
// hid may still be in force.
func Outstanding(data []byte) ([]Entry, error) {
	open := map[string]Entry{}
	var order []string
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	for n, line := range bytes.Split(whole, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("journal line %d is damaged: %w", n+1, err)
		}
		switch e.State {
		case Intent:
			if _, seen := open[e.ID]; !seen {
				order = append(order, e.ID)
			}
			open[e.ID] = e
		case Reverted:
			delete(open, e.ID)
		default:
			return nil, fmt.Errorf("journal line %d: unknown state %q", n+1, e.State)
		}
	}
	var left []Entry
	for i := len(order) - 1; i >= 0; i-- {
		if e, still := open[order[i]]; still {
			left = append(left, e)
			delete(open, order[i])
		}
	}
	return left, nil
}

// Left reads the outstanding intents of the journal at path; a missing file has
// none.
func Left(path string) ([]Entry, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	left, err := Outstanding(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return left, nil
}

func cutTornLine(f *os.File) error {
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	whole := int64(bytes.LastIndexByte(data, '\n') + 1)
	if err := f.Truncate(whole); err != nil {
		return err
	}
	_, err = f.Seek(whole, io.SeekStart)
	return err
}
