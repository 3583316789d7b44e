// Package suite carries drills out, one or several, and sums them up.
package suite

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/hooks"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
)

// A suite is everything that one command runs: one drill, as a rule.
type suite struct {
	env     terminal.Env
	set     *settings.Settings
	opts    Options
	root    string
	entries []entry
	units   []unit
	hooks   []hooks.Hook
	going   terminal.Runs
	desk    *terminal.Desk
	execute func(context.Context, terminal.Env, unit) result // carryOut, but for tests

	mu    sync.Mutex
	done  []result // by unit
	ended bool     // nothing more is started
	why   string   // ... because of this
	// skipCode is what a unit that was not started counts as.
	skipCode int
}

// An entry is a scenario of a suite and what it is about.
type entry struct {
	source.Drill
	on subject.Subject
	by *yardstick // nil without a baseline
}

// A unit is one run of one scenario.
type unit struct {
	drill int // of the entries
	trial int // counts from 1
	seed  uint64
}

// A result is what became of a unit; with neither record nor error it was not
// started.
type result struct {
	rec drill.Record
	err error
	// settle ends the run: hooks are told of what it came to, and its directory
	// is unlocked.
	settle func(*result) error
}

func newSuite(env terminal.Env, set *settings.Settings, o Options, drills []source.Drill) (*suite, error) {
	if o.Parallel < 1 {
		return nil, exit.Usagef("1 runs them one after another", "--parallel %d: at least one drill must run", o.Parallel)
	}
	if o.Trials < 1 {
		return nil, exit.Usagef("1 runs each scenario once", "--trials %d: at least one run is needed", o.Trials)
	}
	root, err := set.StateDir()
	if err != nil {
		return nil, err
	}
	hooks, err := hooks.All(set)
	if err != nil {
		return nil, err
	}
	s := &suite{env: env, set: set, opts: o, root: root, hooks: hooks, desk: terminal.NewDesk(env.In)}
	s.execute = s.carryOut
	for i, a := range drills {
		e := entry{Drill: a}
		s.entries = append(s.entries, e)
		seed := e.seed(o)
		for trial := range o.Trials {
			s.units = append(s.units, unit{drill: i, trial: trial + 1, seed: seed + uint64(trial)})
		}
	}
	s.done = make([]result, len(s.units))
	return s, nil
}

// seed is the flag's, the scenario's, or a new one.
func (e entry) seed(o Options) uint64 {
	switch {
	case o.Seed != nil:
		return *o.Seed
	case e.Scenario.Seed != nil:
		return *e.Scenario.Seed
	}
	return source.NewSeed()
}

// run carries the units out. After an interrupt, after something was left
// broken, and with --fail-fast after the first that did not pass, nothing more
// is started; what is under way comes to its end. With a baseline the runs are
// settled when all are there to be compared.
func (s *suite) run(ctx context.Context) {
	if n := min(s.opts.Parallel, len(s.units)); n > 1 {
		s.progress("warning: %d drills at the same time share this machine: their times are worse than alone, and a starved load is inconclusive", n)
	}
	var g errgroup.Group
	g.SetLimit(s.opts.Parallel)
	for i := range s.units {
		g.Go(func() error {
			if s.start(ctx) {
				s.finish(i, s.one(ctx, i))
			}
			return nil
		})
	}
	_ = g.Wait() // what went wrong is in the results
	if len(s.opts.Baseline) > 0 {
		s.compare()
		for i := range s.done {
			s.done[i].end()
		}
	}
}

// end settles a run, once.
func (r *result) end() {
	if r.settle != nil {
		r.err = errors.Join(r.err, r.settle(r))
		r.settle = nil
	}
}

// start says whether one more unit may start.
func (s *suite) start(ctx context.Context) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil && !s.ended {
		s.ended, s.why, s.skipCode = true, "the suite was interrupted", exit.Interrupted
	}
	return !s.ended
}

func (s *suite) one(ctx context.Context, i int) result {
	u, env := s.units[i], s.env
	if len(s.units) > 1 {
		s.progress("%d of %d: %s%s", i+1, len(s.units), s.entries[u.drill].Scenario.Name, s.ofTrials(u))
	}
	if s.opts.Parallel > 1 && len(s.units) > 1 {
		p := &terminal.Prefixed{W: s.env.Err, Mu: &s.mu, Prefix: s.entries[u.drill].Scenario.Name + s.ofTrials(u) + "  "}
		defer p.Flush()
		env.Err, env.ErrTTY = p, false
	}
	r := s.execute(ctx, env, u)
	if len(s.opts.Baseline) == 0 {
		r.end()
	}
	return r
}

func (s *suite) ofTrials(u unit) string {
	if s.opts.Trials == 1 {
		return ""
	}
	return fmt.Sprintf(" trial %d of %d", u.trial, s.opts.Trials)
}
