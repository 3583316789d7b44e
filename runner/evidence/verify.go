// Package evidence shows whether the files of runs are what they were: every
// file of a run is in its manifest, and every manifest in a chain.
package evidence

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/rundir"
)

// Options of a verification.
type Options struct {
	// Run limits it to one run and the chain; "" is all.
	Run string
	// Only, if given, limits it to runs by their id and by the time at which the
	// chain says they were registered, zero when it does not know them.
	Only func(id string, registered time.Time) bool
	// Head is a line's SHA-256 that was kept elsewhere: the chain must hold it.
	Head string
	// Keys are the public keys whose signatures count. With any given, a run
	// that is sealed must be signed by one of them.
	Keys []ed25519.PublicKey
}

// A Problem is one thing that is not as it was. Run is "" for the chain itself.
type Problem struct {
	Run  string `json:"run,omitempty"`
	Text string `json:"text"`
}

// A RunState is what was found about one run.
type RunState struct {
	Run        string    `json:"run"`
	Registered time.Time `json:"registered_at"` // by the chain; zero when it does not know the run
	Removed    bool      `json:"removed,omitempty"`
	Sealed     bool      `json:"sealed"`
	Manifest   string    `json:"manifest_sha256,omitempty"`
	Link       string    `json:"chain_sha256,omitempty"` // of the line that seals it
	Files      int       `json:"files"`
	Seals      int       `json:"seals"`                       // more than one: sealed again by recover
	Signed     []string  `json:"signed_by,omitempty"`         // ids of the keys whose signatures hold
	Unknown    []string  `json:"signed_by_unknown,omitempty"` // ids of keys that were not given
	Problems   []string  `json:"problems,omitempty"`
}

// A Result is what a verification found.
type Result struct {
	Head     string     `json:"head"` // of the chain
	Lines    int        `json:"lines"`
	Runs     []RunState `json:"runs"`
	Problems []Problem  `json:"problems"` // all of them, in the order of the chain
}

// Verify compares the state directory with its chain. An error means that it
// could not look; what is wrong is in the result.
func Verify(root string, o Options) (Result, error) {
	lines, err := rundir.ReadChain(root)
	if err != nil {
		return Result{}, err
	}
	dirs, err := rundir.List(root)
	if err != nil {
		return Result{}, err
	}
	r := Result{Lines: len(lines), Problems: []Problem{}, Runs: []RunState{}}
	r.chain(lines, o.Head)
	known := map[string]registered{}
	var order []string
	for _, l := range lines {
		if _, ok := known[l.Run]; !ok && l.Run != "" {
			order = append(order, l.Run)
		}
		known[l.Run] = known[l.Run].with(l)
	}
	for _, d := range dirs {
		if _, ok := known[d.ID]; !ok {
			order = append(order, d.ID)
		}
	}
	for _, id := range order {
		if o.Run != "" && id != o.Run || o.Only != nil && !o.Only(id, known[id].at()) {
			continue
		}
		state := check(rundir.Dir{Root: root, ID: id}, known[id], o.Keys)
		r.Runs = append(r.Runs, state)
		for _, p := range state.Problems {
			r.Problems = append(r.Problems, Problem{id, p})
		}
	}
	return r, nil
}

// chain checks that each line follows the one before it.
func (r *Result) chain(lines []rundir.ChainLine, head string) {
	bad := func(format string, args ...any) {
		r.Problems = append(r.Problems, Problem{Text: fmt.Sprintf(format, args...)})
	}
	prev, found := "", head == ""
	for i, l := range lines {
		switch {
		case l.Err != nil:
			bad("chain.jsonl: line %d cannot be read", i+1)
		case l.Seq != i+1:
			bad("chain.jsonl: line %d is numbered %d: lines were removed, added or reordered", i+1, l.Seq)
		case l.Prev != prev:
			bad("chain.jsonl: line %d (%s of %s) does not follow the line before it: one of them was changed", i+1, l.Kind, l.Run)
		}
		prev = l.Sum
		found = found || l.Sum == head
	}
	r.Head = prev
	if !found {
		bad("chain.jsonl does not hold the head %s: it was cut short or written anew since that was kept", head)
	}
}

// registered is what the chain says about one run.
type registered struct {
	attempt, seal *rundir.ChainLine
	people        []string
	signature     string
	seals         int
}

// at is when the run was registered, zero when the chain does not say.
func (r registered) at() time.Time {
	if r.attempt == nil {
		return time.Time{}
	}
	return r.attempt.At
}

func (r registered) with(l rundir.ChainLine) registered {
	switch l.Kind {
	case rundir.LinkAttempt:
		r.attempt = &l
	case rundir.LinkSeal:
		r.seal, r.signature = &l, "" // what was signed is the seal before
		r.seals++
	case rundir.LinkPeople:
		r.people = append(slices.Clone(r.people), l.SHA256)
	case rundir.LinkSignature:
		r.signature = l.SHA256
	}
	return r
}

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
	}
}

func (c *checker) sealed() {
	if c.chain.seal == nil {
		if c.dir.Sealed() {
			c.bad("it has a manifest, but the chain does not know it: the chain was cut short")
		}
		if why := Gap(c.dir); why != "" {
			c.bad("%s: what happened to its files since is not known", why)
		}
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
	c.state.Files = len(m.Files)
	c.files(m.Files)
}

// files compares the manifest with what is there.
func (c *checker) files(want []rundir.FileSum) {
	got, err := c.dir.Present()
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
	for i, want := range c.chain.people {
		switch {
		case i >= len(sums):
			c.bad("people.jsonl: line %d was removed", i+1)
		case sums[i] != want:
			c.bad("people.jsonl: line %d was changed", i+1)
		}
	}
	if len(sums) > len(c.chain.people) {
		c.bad("people.jsonl: line %d was added without drillctl", len(c.chain.people)+1)
	}
}
