package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/drift"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/hooks"
	"github.com/drillctl/drillctl/cmd/recovery"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/rundir"
)

// clear is nil when no earlier run has left damage; what is left of data goes.
func (s *suite) clear(ctx context.Context) error {
	left := recovery.Look{Env: s.env, Root: s.root, Engines: subject.NewEngines(s.env, s.set.AllowRemote())}
	return errors.Join(recovery.Refuse(ctx, left), left.Engines.Close(), recovery.SweepData(s.root))
}

// prepare asks of each scenario whether it can be carried out here, before the
// first one is.
func (s *suite) prepare(ctx context.Context) error {
	var errs []error
	for i := range s.entries {
		e := &s.entries[i]
		var err error
		var plan runner.Plan
		if e.on, err = subject.Of(s.env, e.Scenario, s.opts.Bugs, s.opts.Runtime); err == nil {
			plan, err = e.plan(ctx, 0)
		}
		if err == nil {
			err = terminal.NeedOperator(s.env, plan, s.opts.Yes)
		}
		if err == nil {
			err = e.on.Here(ctx)
		}
		if err == nil {
			_, err = subject.PollHeaders(e.Scenario.Monitoring, new(ask.Secrets), s.env.Lookup)
		}
		if err == nil && len(s.opts.Baseline) > 0 {
			e.by, err = s.measureBy(ctx, *e)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// carryOut is one drill, from a scenario that was read to a record.
func (s *suite) carryOut(ctx context.Context, env terminal.Env, u unit) result {
	e := s.entries[u.drill]
	dir := rundir.Dir{Root: s.root, ID: rundir.NewID(time.Now(), e.Scenario.Name, source.NewSeed())}
	plan, err := e.plan(ctx, u.seed)
	if err != nil {
		return result{err: err}
	}
	if slices.Contains(subject.AllBugs(e.Scenario, s.opts.Bugs), bug.DeafGuard) {
		plan.AbortIf = nil
	}
	unlock, head, err := register(ctx, dir, env, e, s.opts, plan)
	if err != nil {
		return result{err: err}
	}
	s.going.Add(dir.ID)
	defer s.going.Remove(dir.ID)
	told := hooks.Told{Hooks: s.hooks, Env: env, Run: hooks.Run{Dir: dir, Head: head, Scenario: e.Scenario, Spec: plan.Spec, Trial: u.trial, Trials: s.opts.Trials}}
	told.Before(ctx)
	rec, err := raiseAndRun(ctx, env, s.set, s.opts, job{on: e.on, plan: plan, dir: dir, head: head, told: told, desk: s.desk, asks: e.Scenario.Monitoring})
	if rec.Schema != "" {
		rec.Dir = dir.Path("")
	}
	return result{rec: rec, err: err, settle: func(r *result) error {
		if rec := told.After(ctx, r.rec, r.err); r.rec.Schema != "" {
			r.rec = rec
		}
		return unlock()
	}}
}

// plan picks the targets with a seed; nothing is touched.
func (e entry) plan(ctx context.Context, seed uint64) (runner.Plan, error) {
	nodes, err := e.on.Nodes(ctx)
	if err != nil {
		return runner.Plan{}, err
	}
	seeded := *e.Scenario
	seeded.Seed = &seed
	plan, err := runner.NewPlan(&seeded, nodes, seed)
	if err != nil {
		return plan, exit.UsageError{Err: err}
	}
	return plan, nil
}

// register makes the run's directory and writes the attempt into it, before
// anything is touched: a drill that never finishes is still on the list.
func register(ctx context.Context, dir rundir.Dir, env terminal.Env, e entry, o Options, plan runner.Plan) (func() error, drill.Record, error) {
	head := drill.Record{
		RunID:       dir.ID,
		Tool:        build.Tool(),
		Scenario:    e.Ref(),
		Environment: subject.Environment(e.on.Where(), subject.AllBugs(e.Scenario, o.Bugs)),
		Seed:        plan.Seed,
	}
	head.Tool.SHA256 = build.Digest(env.Exe)
	configuration, err := drift.Look(ctx, e.Drill, e.on, dir.Root, &head)
	if err != nil {
		return nil, head, fmt.Errorf("look at the configuration: %w", err)
	}
	if _, err := rundir.Create(dir.Root, dir.ID); err != nil {
		return nil, head, err
	}
	unlock, err := dir.Lock()
	if err != nil {
		return nil, head, err
	}
	head.Attempt, err = dir.WriteAttempt(time.Now(), head.Scenario, plan.Spec.Objectives)
	early := head
	early.Began = head.Attempt.RegisteredAt
	if err = errors.Join(err, dir.Write(rundir.Scenario, e.Scenario.Resolved()), dir.WriteJSON(rundir.Configuration, configuration), runner.Register(dir, plan, early)); err != nil {
		return nil, head, errors.Join(err, unlock())
	}
	return unlock, head, nil
}
