package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/drillctl/drillctl/drill"
)

// phases goes through the drill with the observers watching. Observers and load
// outlive a cancelled ctx: what the undo does must be seen too.
func (d *run) phases(ctx context.Context) ([]drill.FinalRead, outcome, error) {
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	var watchers sync.WaitGroup
	defer watchers.Wait()
	defer stopWatching()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, o := range d.opts.Observers {
		watchers.Go(func() {
			if err := o.Observe(watching, d.origin, d.rec.emit); err != nil && watching.Err() == nil {
				d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindNote, Note: "an observer ended: " + err.Error()})
			}
		})
	}
	d.enter(drill.PhaseWarmup, 0)
	if err := d.opts.Load.Start(watching, d.origin, d.rec); err != nil {
		return nil, outcome{Errored, "the load could not be started: " + err.Error()}, fmt.Errorf("%w: start the load: %w", ErrCannotRun, err)
	}
	watchers.Go(func() { d.watch(watching) })
	watchers.Go(func() { d.mourn(watching, cancel) })

	out, err := d.damage(ctx, cancel)
	if cause := context.Cause(ctx); cause != nil && out.name == Completed {
		out = outcomeOf(cause)
	}
	d.tellOutcome(out)
	finals, readErr := d.readBack(context.WithoutCancel(ctx), out)
	d.enter(drill.PhaseEnd, d.now())
	return finals, out, errors.Join(err, readErr)
}

// damage is everything between a steady system and a settled one.
func (d *run) damage(ctx context.Context, cancel context.CancelCauseFunc) (outcome, error) {
	// Agents first: in containers they cost the machine so much that the load
	// would show it, and what is steady must be so with them waiting.
	armed, armErr := d.armAll(ctx)
	defer closeAll(armed)
	why, err := d.steady(ctx)
	if err != nil {
		return outcomeOf(err), nil
	}
	if why != "" {
		return outcome{Precondition, why}, nil
	}
	if armErr != nil {
		return outcome{NoEffect, armErr.Error()}, nil
	}
	if err := d.sleep(ctx, d.plan.Jitter); err != nil {
		return outcomeOf(err), nil
	}
	doSteps := d.runSteps
	switch {
	case d.plan.AbortIf == nil:
	case d.plan.Spec.WantsAbort():
		doSteps = d.guarded
	default:
		guard, stop := context.WithCancel(ctx)
		defer stop()
		go d.guard(guard, *d.plan.AbortIf, cancel)
	}
	stepErr := doSteps(ctx, cancel, armed)
	d.enter(drill.PhaseSettle, d.now())
	if ctx.Err() != nil {
		return outcomeOf(context.Cause(ctx)), stepErr
	}
	if err := d.sleep(ctx, d.plan.Spec.Settle); err != nil {
		return outcomeOf(err), stepErr
	}
	return outcome{name: Completed}, stepErr
}

// A mortal load runs in a process of its own, which can die.
type mortal interface {
	Gone() <-chan struct{}
}

var errLoadDied = errors.New("the load died: without it nothing is measured")

// mourn ends the drill when the load dies before it was stopped.
func (d *run) mourn(ctx context.Context, cancel context.CancelCauseFunc) {
	m, ok := d.opts.Load.(mortal)
	if !ok {
		return
	}
	select {
	case <-ctx.Done():
	case <-m.Gone():
		cancel(errLoadDied)
	}
}
