package copies

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/drillctl/drillctl/internal/atomicfile"
)

// The ways in which a medium can rot.
const (
	Flip     = "flip"     // some bytes in the middle are inverted
	Truncate = "truncate" // an eighth is left
	Remove   = "remove"   // the copy is gone; the manifest still lists it
)

// Ways lists them.
func Ways() []string { return []string{Flip, Truncate, Remove} }

const (
	aside  = ".aside"  // ends the name of what a damaged copy was
	damage = ".damage" // holds the way, while the medium rots
)

// Damage lets the medium rot: every copy that is there, and every one that comes
// until Mend. What they were is kept aside.
func (c *Cupboard) Damage(how string) error {
	if !slices.Contains(Ways(), how) {
		return fmt.Errorf("damaging the backups: %.20q is no way to do it", how)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	list, err := c.list()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return fmt.Errorf("damaging the backups: %w", err)
	}
	if err := atomicfile.Write(c.path(damage), []byte(how)); err != nil {
		return fmt.Errorf("damaging the backups: %w", err)
	}
	for _, line := range list {
		if err := c.spoilOld(line.Name, how); err != nil {
			return fmt.Errorf("damaging the backups: %w", err)
		}
	}
	return nil
}

// spoilOld damages a copy that is there, once.
func (c *Cupboard) spoilOld(name, how string) error {
	if _, err := os.Stat(c.path(name + aside)); err == nil {
		return nil
	}
	text, err := os.ReadFile(c.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is missing as it is
	}
	if err != nil {
		return err
	}
	if err := os.Rename(c.path(name), c.path(name+aside)); err != nil {
		return err
	}
	return c.spoil(name, text, how)
}

// spoil writes what the medium makes of text.
func (c *Cupboard) spoil(name string, text []byte, how string) error {
	switch how {
	case Remove:
		return nil
	case Truncate:
		text = text[:len(text)/8]
	default:
		text = slices.Clone(text)
		for i := len(text) / 2; i < min(len(text), len(text)/2+64); i++ {
			text[i] = ^text[i]
		}
	}
	return os.WriteFile(c.path(name), text, 0o644)
}

// write stores a new copy, on whatever the medium is like.
func (c *Cupboard) write(name string, text []byte) error {
	how := c.rot()
	if how == "" {
		return atomicfile.Write(c.path(name), text)
	}
	return errors.Join(atomicfile.Write(c.path(name+aside), text), c.spoil(name, text, how))
}

// rot is the way in which the medium rots, "" if it does not.
func (c *Cupboard) rot() string {
	text, err := os.ReadFile(c.path(damage))
	if err != nil {
		return ""
	}
	return string(text)
}

// Rot is the way in which the medium rots now, "" if it does not.
func (c *Cupboard) Rot() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rot()
}

// Mend ends the rot, and puts back what is listed still. It is safe to repeat.
func (c *Cupboard) Mend() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	list, err := c.list()
	for _, line := range list {
		bad := os.Rename(c.path(line.Name+aside), c.path(line.Name))
		if !errors.Is(bad, fs.ErrNotExist) {
			err = errors.Join(err, bad)
		}
	}
	if bad := os.Remove(c.path(damage)); !errors.Is(bad, fs.ErrNotExist) {
		err = errors.Join(err, bad)
	}
	if err != nil {
		return fmt.Errorf("mending the backups: %w", err)
	}
	return nil
}
