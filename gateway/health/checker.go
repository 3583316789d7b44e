package health

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
)

// eager is the pause between checks of a target that was never healthy, so
// that a system which is just starting is not held up by a long interval.
const eager = 100 * time.Millisecond

// A Target is one node to be checked.
type Target struct {
	Name   string `json:"name"`
	Region string `json:"region"`
	URL    string `json:"url"` // a GET of it must answer 2xx
}

// A Result is one finished check.
type Result struct {
	Target  Target
	Err     error         // why it failed, or nil
	Took    time.Duration // of the check
	Healthy bool          // the verdict after this check
	Changed bool          // whether this check changed the verdict
	Note    string
}

// A Checker checks targets, each in its own rhythm.
type Checker struct {
	Config
	// Probe asks one URL once; nil is success. HTTPProbe makes the usual one.
	Probe func(ctx context.Context, url string) error
	// Report takes every result, of different targets at the same time.
	Report func(Result)
	// Lies counts every check as a success: a switchable bug.
	Lies bool
	// Absent asks nobody and calls every target healthy: a switchable bug.
	Absent bool
}

// Run checks all targets until ctx ends and every check has come back. The
// first check is made at once; those after it are spread by chance over the
// interval, then keep to it.
func (c *Checker) Run(ctx context.Context, targets []Target) {
	var all sync.WaitGroup
	for _, t := range targets {
		all.Go(func() { c.watch(ctx, t) })
	}
	all.Wait()
}

func (c *Checker) watch(ctx context.Context, t Target) {
	if c.Absent {
		c.Report(Result{Target: t, Healthy: true, Changed: true, Note: "not checked"})
		return
	}
	var s State
	for c.check(ctx, t, &s); !s.Seen(); c.check(ctx, t, &s) {
		if mono.Sleep(ctx, min(eager, c.Interval)) != nil {
			return
		}
	}
	if mono.Sleep(ctx, rand.N(c.Interval)) != nil {
		return
	}
	tick := time.NewTicker(c.Interval)
	defer tick.Stop()
	for ctx.Err() == nil {
		c.check(ctx, t, &s)
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

func (c *Checker) check(ctx context.Context, t Target, s *State) {
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	err := c.Probe(limited, t.URL)
	cancel()
	if ctx.Err() != nil {
		return // we are ending: that says nothing about the target
	}
	if c.Lies {
		err = nil
	}
	r := Result{Target: t, Err: err, Took: time.Since(began), Changed: s.Add(c.Config, err == nil), Healthy: s.Healthy()}
	if r.Changed {
		r.Note = c.note(err)
	}
	c.Report(r)
}

func (c *Checker) note(err error) string {
	if err == nil {
		return "check passed"
	}
	return fmt.Sprintf("%d checks failed: %s", c.Threshold, Reason(err))
}
