package drift

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drillctl/drillctl/cmd/exit"
)

// SaltBytes make hashes that nobody without the salt can try values against.
const SaltBytes = 32

// Salt is the secret of a state directory with which values are hashed, made
// when it is first needed. It is never part of a run, so that a run can be shown
// around.
func Salt(root string) ([]byte, error) {
	path := filepath.Join(root, "salt")
	salt, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := newSalt(root, path); err != nil {
			return nil, fmt.Errorf("salt of the state directory: %w", err)
		}
		salt, err = os.ReadFile(path)
	}
	if err == nil && len(salt) != SaltBytes {
		err = fmt.Errorf("%s has %d bytes, not %d", path, len(salt), SaltBytes)
	}
	if err != nil {
		return nil, exit.Hint(fmt.Errorf("salt of the state directory: %w", err), "without it, hashed values cannot be compared with earlier drills; remove the file to start anew")
	}
	return salt, nil
}

// newSalt lets one of several at once win, and nobody see half of it.
func newSalt(root, path string) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(root, ".salt-*") // readable by its owner only
	if err != nil {
		return err
	}
	salt := make([]byte, SaltBytes)
	_, _ = rand.Read(salt) // never fails
	_, err = f.Write(salt)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	return errors.Join(err, os.Remove(f.Name()))
}
