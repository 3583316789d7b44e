package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/rundir"
)

// clear is nil when no earlier run has left damage; what is left of data goes.
func (s *suite) clear(ctx context.Context) error {
	left := recovery{env: s.env, root: s.root, engines: newEngines(s.env, s.set)}
	return errors.Join(refuseOverDamage(ctx, left), left.engines.close(), sweepData(s.root))
}

// prepare asks of each scenario whether it can be carried out here, before the
// first one is.
func (s *suite) prepare(ctx context.Context) error {
	var errs []error
	for i := range s.entries {
		e := &s.entries[i]
		var err error
		var plan runner.Plan
		if e.on, err = subjectOf(s.env, e.sc, s.opts.bugs, s.opts.runtime); err == nil {
			plan, err = e.plan(ctx, 0)
		}
		if err == nil {
			err = terminal.NeedOperator(s.env, plan, s.opts.yes)
		}
		if err == nil {
			err = e.on.Here(ctx)
		}
		if err == nil {
			_, err = pollHeaders(e.sc.Monitoring, new(ask.Secrets), s.env.Lookup)
		}
		if err == nil && len(s.opts.baseline) > 0 {
			e.by, err = s.measureBy(ctx, *e)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// carryOut is one drill, from a scenario that was read to a record.
func (s *suite) carryOut(ctx context.Context, env terminal.Env, u unit) result {
	e := s.entries[u.drill]
	dir := rundir.Dir{Root: s.root, ID: rundir.NewID(time.Now(), e.sc.Name, newSeed())}
	plan, err := e.plan(ctx, u.seed)
	if err != nil {
		return result{err: err}
	}
	if slices.Contains(allBugs(e.sc, s.opts.bugs), bug.DeafGuard) {
		plan.AbortIf = nil
	}
	unlock, head, err := register(ctx, dir, env, e, s.opts, plan)
	if err != nil {
		return result{err: err}
	}
	s.going.Add(dir.ID)
	defer s.going.Remove(dir.ID)
	told := hooked{hooks: s.hooks, env: env, run: hookRun{Dir: dir, Head: head, Scenario: e.sc, Spec: plan.Spec, Trial: u.trial, Trials: s.opts.trials}}
	told.before(ctx)
	rec, err := raiseAndRun(ctx, env, s.set, s.opts, job{on: e.on, plan: plan, dir: dir, head: head, told: told, desk: s.desk, asks: e.sc.Monitoring})
	if rec.Schema != "" {
		rec.Dir = dir.Path("")
	}
	return result{rec: rec, err: err, settle: func(r *result) error {
		if rec := told.after(ctx, r.rec, r.err); r.rec.Schema != "" {
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
	seeded := *e.sc
	seeded.Seed = &seed
	plan, err := runner.NewPlan(&seeded, nodes, seed)
	if err != nil {
		return plan, exit.UsageError{Err: err}
	}
	return plan, nil
}

// register makes the run's directory and writes the attempt into it, before
// anything is touched: a drill that never finishes is still on the list.
func register(ctx context.Context, dir rundir.Dir, env terminal.Env, e entry, o runOptions, plan runner.Plan) (func() error, drill.Record, error) {
	head := drill.Record{
		RunID:       dir.ID,
		Tool:        build.Tool(),
		Scenario:    e.ref(),
		Environment: environment(e.on.Where(), allBugs(e.sc, o.bugs)),
		Seed:        plan.Seed,
	}
	head.Tool.SHA256 = build.Digest(env.Exe)
	configuration, err := e.look(ctx, dir.Root, &head)
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
	if err = errors.Join(err, dir.Write(rundir.Scenario, e.sc.Resolved()), dir.WriteJSON(rundir.Configuration, configuration), runner.Register(dir, plan, early)); err != nil {
		return nil, head, errors.Join(err, unlock())
	}
	return unlock, head, nil
}

// ref says which scenario an entry is, by content.
func (e entry) ref() drill.ScenarioRef {
	return drill.ScenarioRef{Name: e.sc.Name, Path: e.name, SHA256: rundir.Sum(e.src), Labels: e.sc.Labels}
}
