package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/reports/live"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes/host"
	"github.com/drillctl/drillctl/scenarios"
)

// A job is one drill about to be carried out.
type job struct {
	on   subject
	plan runner.Plan
	dir  rundir.Dir
	head drill.Record
	told hooked
	desk *terminal.Desk
	// asks says how the monitoring is asked; nil for the bundled one, or none
	asks *scenarios.Monitoring
}

// raiseAndRun raises the system, runs the drill on it, and takes it down. A
// cancelled ctx ends the drill with everything taken back.
func raiseAndRun(ctx context.Context, env terminal.Env, set *settings, o runOptions, j job) (rec drill.Record, err error) {
	view := live.New(env.Err, live.Options{TTY: env.ErrTTY, Width: env.Width, Quiet: o.quiet, Color: set.useColor(env, env.ErrTTY)})
	defer view.Close()

	sys, err := j.on.Raise(ctx, place{env: env, id: j.dir.ID, state: j.dir.Root, logs: j.dir.Path(rundir.Logs), data: dataDir(j.dir.Root, j.dir.ID), remote: set.v.GetBool("allow-remote")})
	if errors.Is(context.Cause(ctx), runner.ErrInterrupted) {
		if sys != nil {
			err = sys.end()
		}
		return rec, errors.Join(fmt.Errorf("%w while the system was raised; nothing was injected", runner.ErrInterrupted), err)
	}
	if err != nil {
		return rec, err
	}
	// The logs of the nodes end with them; only then can the run be sealed.
	defer func() { err = errors.Join(err, sys.end()) }()
	view.Line(sys.text + "; run " + j.dir.ID)

	secrets := hidden(sys.secrets)
	defer func() { err = secrets.ScrubError(err) }()
	headers, err := pollHeaders(j.asks, secrets, env.Lookup)
	if err != nil {
		return rec, err
	}
	observers, err := sys.observers(j.plan.Spec, headers)
	if err != nil {
		return rec, err
	}
	load := &clientLoad{client: sys.client, cfg: sys.loadConfig(j.plan.Spec, j.plan.Seed), secrets: secrets}
	defer func() { err = errors.Join(err, load.Close()) }()
	return runner.Run(ctx, runner.Options{
		Dir: j.dir, Plan: j.plan, Runtime: sys.rt, Load: load, Host: host.New(env.Exe).Instance(), Record: j.head, Now: mono.Now, Logger: set.logger(env), Scrub: secrets.Scrub,
		Operator:  j.desk.Operator(o.yes, view.Line),
		Observers: observers,
		OnState:   func(s runner.State) { view.Update(liveState(s)) },
		OnEvent:   func(e drill.Event) { tellEvent(view, e); j.told.event(e) },
	})
}
