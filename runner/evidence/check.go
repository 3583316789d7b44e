package evidence

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"time"

	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/rundir"
)

// A checker looks at one run.
type checker struct {
	dir   rundir.Dir
	chain registered
	state RunState
}

func (c *checker) bad(format string, args ...any) {
	c.state.Problems = append(c.state.Problems, fmt.Sprintf(format, args...))
}

func check(d rundir.Dir, chain registered, keys []ed25519.PublicKey) RunState {
	c := &checker{dir: d, chain: chain, state: RunState{Run: d.ID, Registered: chain.at(), Seals: chain.seals}}
	if _, err := os.Stat(d.Path("")); err != nil {
		c.state.Removed = true
		c.bad("the run was removed: its directory is missing")
		return c.state
	}
	c.attempt()
	c.sealed()
	c.unsealed()
	c.people()
	c.signed(keys)
	return c.state
}

func (c *checker) attempt() {
	sum, err := c.dir.SumOf(rundir.Attempt)
	switch {
	case c.chain.attempt == nil:
		c.bad("the chain does not know it: the run was added, or its line was removed")
	case err != nil:
		c.bad("attempt.json is missing")
	case sum != c.chain.attempt.SHA256:
		c.bad("attempt.json was changed after it was registered, or belongs to another run")
	default:
		a, err := c.dir.ReadAttempt()
		c.when("attempt.json", a.RegisteredAt, err, *c.chain.attempt)
	}
}

// when compares the time of a line of the chain with that in what it is about: no
// line follows the last one, which would tell of a change in it.
func (c *checker) when(file string, at time.Time, err error, l rundir.ChainLine) {
	if err == nil && !at.Equal(l.At) {
		c.bad("chain.jsonl: line %d has another time than %s: one of them was changed", l.Seq, file)
	}
}

func (c *checker) sealed() {
	if c.chain.seal == nil {
		c.neverSealed()
		return
	}
	if why := Gap(c.dir); why != "" {
		c.bad("%s", why)
	}
	c.state.Sealed, c.state.Link = true, c.chain.seal.Sum
	sum, err := c.dir.SumOf(rundir.Manifest)
	if err != nil {
		c.bad("manifest.json is missing")
		return
	}
	c.state.Manifest = sum
	var m rundir.ManifestFile
	if err := c.dir.ReadJSON(rundir.Manifest, &m); err != nil {
		c.bad("manifest.json cannot be read")
		return
	}
	switch {
	case m.RunID != c.dir.ID:
		c.bad("manifest.json is that of run %s: runs were swapped", m.RunID)
	case sum != c.chain.seal.SHA256:
		c.bad("manifest.json was changed after the run was sealed")
	case m.Previous != c.chain.seal.Prev:
		c.bad("manifest.json follows another line of the chain: runs were reordered")
	}
	c.when("manifest.json", m.SealedAt, nil, *c.chain.seal)
	c.state.Files = len(m.Files)
	c.listed(m.Files, c.dir.Present)
}

// listed compares a list of files with what is there.
func (c *checker) listed(want []rundir.FileSum, present func() ([]rundir.FileSum, error)) {
	got, err := present()
	if err != nil {
		c.bad("its files cannot be read: %v", err)
		return
	}
	listed := map[string]rundir.FileSum{}
	for _, f := range want {
		listed[f.Path] = f
	}
	there := map[string]bool{}
	for _, f := range got {
		there[f.Path] = true
		switch l, ok := listed[f.Path]; {
		case f.Path == rundir.LockFile && !ok && f.Size == 0: // whoever adds a note may make it
		case !ok:
			c.bad("%s was added", f.Path)
		case l != f:
			c.bad("%s was changed", f.Path)
		}
	}
	for _, f := range want {
		if !there[f.Path] {
			c.bad("%s was removed", f.Path)
		}
	}
}

// people compares what people added with their lines in the chain.
func (c *checker) people() {
	data, err := os.ReadFile(c.dir.Path(rundir.People))
	if err != nil && len(c.chain.people) > 0 {
		c.bad("people.jsonl was removed")
		return
	}
	root, _ := c.dir.SumOf(rundir.Attempt)
	for _, p := range people.Check(data, root) {
		c.bad("people.jsonl: %s", p)
	}
	sums := people.Sums(data)
	entries, err := people.Parse(data)
	for i, l := range c.chain.people {
		switch {
		case i >= len(sums):
			c.bad("people.jsonl: line %d was removed", i+1)
		case sums[i] != l.SHA256:
			c.bad("people.jsonl: line %d was changed", i+1)
		case err == nil:
			c.when(fmt.Sprintf("people.jsonl line %d", i+1), entries[i].At, nil, l)
		}
	}
	if len(sums) > len(c.chain.people) {
		c.bad("people.jsonl: line %d was added without drillctl", len(c.chain.people)+1)
	}
}
