package snapshot

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/drillctl/drillctl/internal/atomicfile"
)

// Save writes the snapshot to path so that after a crash at any moment the old
// file or the whole new one is there.
func (s Snapshot) Save(path string) error {
	text, err := s.Encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("saving a snapshot: %w", err)
	}
	if err := atomicfile.Write(path, text); err != nil {
		return fmt.Errorf("saving a snapshot: %w", err)
	}
	return nil
}

// Load reads the snapshot at path: fs.ErrNotExist or ErrCorrupt tell why not.
func Load(path string) (Snapshot, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Snapshot{}, fmt.Errorf("loading a snapshot: %w", err)
	}
	s, err := Decode(text)
	if err != nil {
		return s, fmt.Errorf("loading %s: %w", path, err)
	}
	return s, nil
}
