package suite

import (
	"context"
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/cmd/hooks"
	"github.com/drillctl/drillctl/cmd/recovery"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
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
	on   subject.Subject
	plan runner.Plan
	dir  rundir.Dir
	head drill.Record
	told hooks.Told
	desk *terminal.Desk
	// asks says how the monitoring is asked; nil for the bundled one, or none
	asks *scenarios.Monitoring
}

// raiseAndRun raises the system, runs the drill on it, and takes it down. A
// cancelled ctx ends the drill with everything taken back.
func raiseAndRun(ctx context.Context, env terminal.Env, set *settings.Settings, o Options, j job) (rec drill.Record, err error) {
	view := live.New(env.Err, live.Options{TTY: env.ErrTTY, Width: env.Width, Quiet: o.Quiet, Color: set.UseColor(env, env.ErrTTY)})
	defer view.Close()

	sys, err := j.on.Raise(ctx, subject.Place{Env: env, ID: j.dir.ID, State: j.dir.Root, Logs: j.dir.Path(rundir.Logs), Data: recovery.DataDir(j.dir.Root, j.dir.ID), Remote: set.AllowRemote()})
	if errors.Is(context.Cause(ctx), runner.ErrInterrupted) {
		if sys != nil {
			err = sys.End()
		}
		return rec, errors.Join(fmt.Errorf("%w while the system was raised; nothing was injected", runner.ErrInterrupted), err)
	}
	if err != nil {
		return rec, err
	}
	// The logs of the nodes end with them; only then can the run be sealed.
	defer func() { err = errors.Join(err, sys.End()) }()
	view.Line(sys.Text + "; run " + j.dir.ID)

	secrets := terminal.Secrets(sys.Secrets)
	defer func() { err = secrets.ScrubError(err) }()
	headers, err := subject.PollHeaders(j.asks, secrets, env.Lookup)
	if err != nil {
		return rec, err
	}
	observers, err := sys.Observers(j.plan.Spec, headers)
	if err != nil {
		return rec, err
	}
	load := &subject.ClientLoad{Client: sys.Client, Config: sys.LoadConfig(j.plan.Spec, j.plan.Seed), Secrets: secrets}
	defer func() { err = errors.Join(err, load.Close()) }()
	return runner.Run(ctx, runner.Options{
		Dir: j.dir, Plan: j.plan, Runtime: sys.Runtime, Load: load, Host: host.New(env.Exe).Instance(), Record: j.head, Now: mono.Now, Logger: set.Logger(env), Scrub: secrets.Scrub,
		Operator:  j.desk.Operator(o.Yes, view.Line),
		Observers: observers,
		OnState:   func(s runner.State) { view.Update(liveState(s)) },
		OnEvent:   func(e drill.Event) { tellEvent(view, e); j.told.Event(e) },
	})
}
