// Package evidence shows whether the files of runs are what they were: every
// file of a run is in its manifest, and every manifest in a chain.
package evidence

import (
	"crypto/ed25519"
	"fmt"
	"time"

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
