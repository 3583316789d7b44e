package copies

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/internal/atomicfile"
)

// manifest is the file that lists what the cupboard should hold.
const manifest = "manifest.json"

// A Cupboard keeps the newest copies in one directory. It is safe for concurrent
// use, by one process at a time.
type Cupboard struct {
	dir, kind string
	keep      int
	mu        sync.Mutex
}

// NewCupboard keeps the newest copies, as many as keep, in dir.
func NewCupboard(dir, kind string, keep int) *Cupboard {
	return &Cupboard{dir: dir, kind: kind, keep: keep}
}

// Put adds a copy and removes the oldest. After a crash at any moment the manifest
// lists nothing that was not whole on the disk.
func (c *Cupboard) Put(s snapshot.Snapshot) error {
	text, err := s.Encode()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	list, err := c.list()
	if err != nil && !errors.Is(err, snapshot.ErrCorrupt) { // a damaged manifest is begun anew
		return err
	}
	line := describe(c.kind, s, text)
	list = slices.DeleteFunc(list, func(old Copy) bool { return old.Name == line.Name })
	list = append(list, line)
	slices.SortFunc(list, func(a, b Copy) int { return strings.Compare(a.Name, b.Name) })
	list = list[max(0, len(list)-c.keep):]
	if err := c.store(line, text, list); err != nil {
		return fmt.Errorf("keeping a backup: %w", err)
	}
	return nil
}

func (c *Cupboard) store(line Copy, text []byte, list []Copy) error {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	if err := c.write(line.Name, text); err != nil {
		return err
	}
	lines, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	if err := atomicfile.Write(c.path(manifest), lines); err != nil {
		return err
	}
	return c.sweep(list)
}

// sweep removes the files of copies that are not listed.
func (c *Cupboard) sweep(list []Copy) error {
	files, err := os.ReadDir(c.dir)
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), aside)
		listed := slices.ContainsFunc(list, func(l Copy) bool { return l.Name == name })
		if strings.HasSuffix(name, ext) && !listed {
			err = errors.Join(err, os.Remove(c.path(f.Name())))
		}
	}
	return err
}

// List is what the manifest says is there, oldest first.
func (c *Cupboard) List() ([]Copy, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.list()
}

func (c *Cupboard) list() ([]Copy, error) {
	text, err := os.ReadFile(c.path(manifest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the backups: %w", err)
	}
	var list []Copy
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%w: the manifest of the backups: %w", snapshot.ErrCorrupt, err)
	}
	return list, nil
}

// Read returns the bytes of a copy as they lie there now.
func (c *Cupboard) Read(name string) ([]byte, error) {
	if name != filepath.Base(name) || !strings.HasSuffix(name, ext) {
		return nil, fmt.Errorf("reading the backup %.60q: %w", name, fs.ErrNotExist)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	text, err := os.ReadFile(c.path(name))
	if err != nil {
		return nil, fmt.Errorf("reading a backup: %w", err)
	}
	return text, nil
}

// Newest returns the newest copy that is whole, or the zero Snapshot if there is
// none.
func (c *Cupboard) Newest() (snapshot.Snapshot, error) {
	list, err := c.List()
	for _, line := range slices.Backward(list) {
		text, bad := c.Read(line.Name)
		if bad != nil {
			continue
		}
		if s, bad := line.Open(text); bad == nil {
			return s, nil
		}
	}
	if errors.Is(err, snapshot.ErrCorrupt) {
		err = nil
	}
	return snapshot.Snapshot{}, err
}

func (c *Cupboard) path(name string) string { return filepath.Join(c.dir, name) }
