package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/reports/live"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes/process"
)

// A job is one drill about to be carried out.
type job struct {
	sys  system
	plan runner.Plan
	dir  rundir.Dir
	head drill.Record
}

// raiseAndRun raises the system, runs the drill on it, and takes it down.
func raiseAndRun(ctx context.Context, env Env, set *settings, o runOptions, j job) (rec drill.Record, err error) {
	ctx, done := interruptible(ctx, env, j.dir.ID)
	defer done()
	view := live.New(env.Err, live.Options{TTY: env.ErrTTY, Width: env.Width, Quiet: o.quiet, Color: set.useColor(env, env.ErrTTY)})
	defer view.Close()

	began := time.Now()
	rt, err := j.sys.raise(ctx, env, j.dir.ID, j.dir.Path(rundir.Logs))
	if errors.Is(context.Cause(ctx), runner.ErrInterrupted) {
		return rec, errors.Join(fmt.Errorf("%w while the system was raised; nothing was injected", runner.ErrInterrupted), j.end(rt))
	}
	if err != nil {
		return rec, err
	}
	// The logs of the nodes end with them: the manifest is made again.
	defer func() { err = errors.Join(err, j.end(rt), j.dir.WriteManifest()) }()
	view.Line(fmt.Sprintf("%d nodes ready after %s in the process runtime; run %s", len(j.sys.nodes), time.Since(began).Round(time.Millisecond), j.dir.ID))

	load := newClientLoad(rt, j.dir.ID, j.sys, j.plan)
	defer func() { err = errors.Join(err, load.Close()) }()
	return runner.Run(ctx, runner.Options{
		Dir: j.dir, Plan: j.plan, Runtime: rt, Load: load, Record: j.head, Now: mono.Now, Logger: set.logger(env),
		Observers: []runner.Observer{runner.NodeEvents{Runtime: rt}, runner.InstanceEvents{Runtime: rt}},
		OnState:   func(s runner.State) { view.Update(liveState(s)) },
		OnEvent:   func(e drill.Event) { tellEvent(view, e) },
	})
}

// end takes the system down, if it was raised, and removes its data.
func (j job) end(rt *process.Runtime) error {
	var err error
	if rt != nil {
		err = rt.Close()
	}
	return errors.Join(err, j.sys.clean())
}
