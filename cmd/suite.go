package cmd

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
)

// A suite is everything that one command runs: one drill, as a rule.
type suite struct {
	env     terminal.Env
	set     *settings
	opts    runOptions
	root    string
	entries []entry
	units   []unit
	hooks   []hook
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

func newSuite(env terminal.Env, set *settings, o runOptions, entries []entry) (*suite, error) {
	if o.parallel < 1 {
		return nil, exit.Usagef("1 runs them one after another", "--parallel %d: at least one drill must run", o.parallel)
	}
	if o.trials < 1 {
		return nil, exit.Usagef("1 runs each scenario once", "--trials %d: at least one run is needed", o.trials)
	}
	root, err := set.stateDir()
	if err != nil {
		return nil, err
	}
	hooks, err := hooksOf(env, set)
	if err != nil {
		return nil, err
	}
	s := &suite{env: env, set: set, opts: o, root: root, entries: entries, hooks: hooks, desk: terminal.NewDesk(env.In)}
	s.execute = s.carryOut
	for i, e := range entries {
		seed := e.seed(o)
		for trial := range o.trials {
			s.units = append(s.units, unit{drill: i, trial: trial + 1, seed: seed + uint64(trial)})
		}
	}
	s.done = make([]result, len(s.units))
	return s, nil
}

// seed is the flag's, the scenario's, or a new one.
func (e entry) seed(o runOptions) uint64 {
	switch {
	case o.seed != nil:
		return *o.seed
	case e.sc.Seed != nil:
		return *e.sc.Seed
	}
	return newSeed()
}

// run carries the units out. After an interrupt, after something was left
// broken, and with --fail-fast after the first that did not pass, nothing more
// is started; what is under way comes to its end. With a baseline the runs are
// settled when all are there to be compared.
func (s *suite) run(ctx context.Context) {
	if n := min(s.opts.parallel, len(s.units)); n > 1 {
		s.progress("warning: %d drills at the same time share this machine: their times are worse than alone, and a starved load is inconclusive", n)
	}
	var g errgroup.Group
	g.SetLimit(s.opts.parallel)
	for i := range s.units {
		g.Go(func() error {
			if s.start(ctx) {
				s.finish(i, s.one(ctx, i))
			}
			return nil
		})
	}
	_ = g.Wait() // what went wrong is in the results
	if len(s.opts.baseline) > 0 {
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
		s.progress("%d of %d: %s%s", i+1, len(s.units), s.entries[u.drill].sc.Name, s.ofTrials(u))
	}
	if s.opts.parallel > 1 && len(s.units) > 1 {
		p := &terminal.Prefixed{W: s.env.Err, Mu: &s.mu, Prefix: s.entries[u.drill].sc.Name + s.ofTrials(u) + "  "}
		defer p.Flush()
		env.Err, env.ErrTTY = p, false
	}
	r := s.execute(ctx, env, u)
	if len(s.opts.baseline) == 0 {
		r.end()
	}
	return r
}

func (s *suite) ofTrials(u unit) string {
	if s.opts.trials == 1 {
		return ""
	}
	return fmt.Sprintf(" trial %d of %d", u.trial, s.opts.trials)
}
