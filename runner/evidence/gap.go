package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/drillctl/drillctl/runner/rundir"
)

// A gap is what unsealed.json holds: that a run has no seal, or lacks the
// signature that the settings asked for, and what its files were when that was
// noted. The chain has a line about it, so that it cannot go away unseen.
type gap struct {
	At      time.Time        `json:"at"`
	Error   string           `json:"error"`
	NotedAt time.Time        `json:"noted_at"` // when the files were listed; that of the chain's line
	Files   []rundir.FileSum `json:"files"`
}

// NoteGap records in a run's directory and in the chain why its evidence is not
// what it should be, and its files as they are. It returns why together with what
// went wrong in recording it.
func NoteGap(d rundir.Dir, why error, now time.Time) error {
	if why == nil {
		return nil
	}
	return errors.Join(why, note(d, gap{At: now.UTC(), Error: why.Error()}, now))
}

func note(d rundir.Dir, g gap, now time.Time) error {
	var err error
	g.NotedAt = now.UTC()
	if g.Files, err = d.PresentUnsealed(); err != nil {
		return err
	}
	if err := d.WriteJSON(rundir.Unsealed, g); err != nil {
		return err
	}
	sum, err := d.SumOf(rundir.Unsealed)
	if err != nil {
		return err
	}
	_, err = rundir.Extend(d.Root, rundir.Link{At: g.NotedAt, Kind: rundir.LinkUnsealed, Run: d.ID, SHA256: sum})
	return err
}

// Gap says what is missing of the evidence of a run that has a record, "" when
// nothing is. It does not look whether what is there still fits: Verify does.
func Gap(d rundir.Dir) string {
	if _, err := os.Stat(d.Path(rundir.Record)); err != nil {
		return ""
	}
	var g gap
	noted := d.ReadJSON(rundir.Unsealed, &g)
	state := "it was never sealed"
	if d.Sealed() {
		state = "it was sealed, but not signed as it should have been"
	}
	switch {
	case noted == nil:
		return fmt.Sprintf("%s: %s (%s)", state, g.Error, g.At.UTC().Format(time.RFC3339))
	case !errors.Is(noted, fs.ErrNotExist):
		return state + ": unsealed.json cannot be read"
	case !d.Sealed():
		return state + ": drillctl died before, or its manifest was removed"
	}
	return ""
}

// unsealed checks that a gap is still noted as the chain says, and the files that
// no manifest is about.
func (c *checker) unsealed() {
	if c.chain.unsealed == nil {
		if _, err := os.Lstat(c.dir.Path(rundir.Unsealed)); err == nil {
			c.bad("unsealed.json is not in the chain: it could not be noted there, was added, or the chain was cut short")
		}
		return
	}
	var g gap
	err := c.dir.ReadJSON(rundir.Unsealed, &g)
	sum, sumErr := c.dir.SumOf(rundir.Unsealed)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.bad("unsealed.json was removed: it said why the run has no seal, or no signature")
		return
	case sumErr != nil || sum != c.chain.unsealed.SHA256:
		c.bad("unsealed.json was changed")
		return
	case err != nil:
		c.bad("unsealed.json cannot be read")
		return
	}
	c.when(rundir.Unsealed, g.NotedAt, nil, *c.chain.unsealed)
	if c.chain.seal == nil {
		c.listed(g.Files, c.dir.PresentUnsealed)
	}
}

// notedWith says whether a file was there when the run's gap was noted.
func (c *checker) notedWith(path string) bool {
	var g gap
	if c.chain.unsealed == nil || c.dir.ReadJSON(rundir.Unsealed, &g) != nil {
		return false
	}
	for _, f := range g.Files {
		if f.Path == path {
			return true
		}
	}
	return false
}

// neverSealed looks at a run of which the chain has no seal.
func (c *checker) neverSealed() {
	if c.dir.Sealed() {
		c.bad("it has a manifest, but the chain does not know it: the chain was cut short")
	}
	switch why := Gap(c.dir); {
	case why == "":
	case c.chain.unsealed == nil:
		c.bad("%s: what happened to its files since is not known", why)
	default: // and then its files were listed
		c.bad("%s", why)
	}
}
