package snapshot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	if err := replace(path, text); err != nil {
		return fmt.Errorf("saving a snapshot: %w", err)
	}
	return nil
}

func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename survive the loss of power, where the system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync() // not every system can sync a directory
	return d.Close()
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
