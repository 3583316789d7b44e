// Package runner carries out drills: it raises nothing and judges nothing, but
// takes a system that runs and a plan, does the plan's damage to it while
// observers watch, and takes the damage back whatever happens.
package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/samples"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
)

// A run is one drill on its way.
type run struct {
	opts   Options
	plan   Plan
	limits Limits
	origin time.Duration // mono instant of At = 0
	rec    *recorder
	live   *counters
	jrn    *journal.Journal

	mu      sync.Mutex
	current string
	began   map[string]time.Duration
	force   map[string]bool
	stuck   []string
}

// Run carries out the drill and returns its record, judged and written to the
// run directory. When it returns, either everything was taken back or the error
// wraps ErrStuck and the record lists what was not. An operator's interrupt and
// an abort are outcomes in the record, not errors.
func Run(ctx context.Context, opts Options) (drill.Record, error) {
	d := &run{opts: opts, plan: opts.Plan, limits: opts.Limits.orDefault(), began: map[string]time.Duration{}, force: map[string]bool{}}
	if d.opts.OnState == nil {
		d.opts.OnState = func(State) {}
	}
	log, finals, outcome, err := d.carryOut(ctx)
	rec, finishErr := d.finish(log, finals, outcome)
	return rec, errors.Join(err, finishErr)
}

// An outcome says how the drill ended and why.
type outcome struct {
	name string // completed, precondition, no-effect, aborted, interrupted, error
	why  string
}

// The outcomes of a drill.
const (
	Completed    = "completed"
	Precondition = "precondition"
	NoEffect     = "no-effect"
	Aborted      = "aborted"
	Interrupted  = "interrupted"
	Errored      = "error"
)

func (d *run) now() time.Duration { return d.opts.Now() - d.origin }

func (d *run) carryOut(ctx context.Context) (drill.Log, []drill.FinalRead, outcome, error) {
	events, err := os.Create(d.opts.Dir.Path(rundir.Events))
	if err != nil {
		return drill.Log{}, nil, outcome{Errored, err.Error()}, fmt.Errorf("%w: event log: %w", ErrCannotRun, err)
	}
	defer events.Close()
	file, err := os.Create(d.opts.Dir.Path(rundir.Samples))
	if err != nil {
		return drill.Log{}, nil, outcome{Errored, err.Error()}, fmt.Errorf("%w: samples: %w", ErrCannotRun, err)
	}
	defer file.Close()
	if d.jrn, err = journal.Open(d.opts.Dir.Path(rundir.Journal)); err != nil {
		return drill.Log{}, nil, outcome{Errored, err.Error()}, fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	defer d.jrn.Close()

	wall := time.Now()
	d.origin = d.opts.Now()
	d.opts.Record.Began = wall.UTC()
	sw, err := samples.NewWriter(file, samples.Header{Began: wall, Timeout: d.plan.Spec.Load.Timeout})
	if err != nil {
		return drill.Log{}, nil, outcome{Errored, err.Error()}, fmt.Errorf("%w: samples: %w", ErrCannotRun, err)
	}
	d.live = newCounters(d.plan.Spec.Load.Deadline)
	d.rec = newRecorder(events, sw, d.live)
	d.rec.onEvent = d.opts.OnEvent

	finals, out, err := d.phases(ctx)
	log, closeErr := d.rec.close(wall.UTC())
	return log, finals, out, errors.Join(err, closeErr)
}

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
	why, err := d.steady(ctx)
	if err != nil {
		return outcomeOf(err), nil
	}
	if why != "" {
		return outcome{Precondition, why}, nil
	}
	armed, err := d.armAll(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return outcomeOf(context.Cause(ctx)), nil
		}
		return outcome{NoEffect, err.Error()}, nil
	}
	defer closeAll(armed)
	if err := d.sleep(ctx, d.plan.Jitter); err != nil {
		return outcomeOf(err), nil
	}
	if d.plan.AbortIf != nil {
		guard, stop := context.WithCancel(ctx)
		defer stop()
		go d.guard(guard, *d.plan.AbortIf, cancel)
	}
	stepErr := d.runSteps(ctx, cancel, armed)
	d.enter(drill.PhaseSettle, d.now())
	if ctx.Err() != nil {
		return outcomeOf(context.Cause(ctx)), stepErr
	}
	if err := d.sleep(ctx, d.plan.Spec.Settle); err != nil {
		return outcomeOf(err), stepErr
	}
	return outcome{name: Completed}, stepErr
}

// readBack stops the load and, when something was injected, reads the ledger.
func (d *run) readBack(ctx context.Context, out outcome) ([]drill.FinalRead, error) {
	ctx, cancel := context.WithTimeout(ctx, d.limits.Reads)
	defer cancel()
	stopErr := d.opts.Load.Stop(ctx)
	if out.name == Precondition || d.plan.Spec.Load.WriteRate == 0 {
		return nil, stopErr
	}
	finals, err := d.opts.Load.FinalRead(ctx, "settled")
	if err == nil && d.regionReturned() {
		// A returning region may erase or resurrect: what was there must stay.
		if err = d.sleep(ctx, afterFailback); err == nil {
			var again []drill.FinalRead
			again, err = d.opts.Load.FinalRead(ctx, "after-failback")
			finals = append(finals, again...)
		}
	}
	if err != nil {
		d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindNote, Note: "final reads: " + err.Error()})
	}
	return finals, stopErr
}

// afterFailback is between the two final reads of a drill in which a region
// came back.
const afterFailback = time.Second

func (d *run) regionReturned() bool {
	for _, s := range d.plan.Steps {
		if s.Spec.TakesDown {
			return true
		}
	}
	return false
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

func outcomeOf(cause error) outcome {
	var a abortError
	switch {
	case errors.As(cause, &a):
		return outcome{Aborted, a.Error()}
	case errors.Is(cause, errLoadDied):
		return outcome{Aborted, cause.Error()}
	case errors.Is(cause, ErrInterrupted):
		return outcome{Interrupted, "the operator ended the drill; everything was taken back"}
	case errors.Is(cause, errNoEffect):
		return outcome{NoEffect, cause.Error()}
	}
	return outcome{Errored, cause.Error()}
}

func (d *run) tellOutcome(out outcome) {
	switch out.name {
	case Aborted:
		d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindAbort, Note: out.why})
	case Interrupted:
		d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindInterrupt, Note: out.why})
	}
}

func (d *run) sleep(ctx context.Context, dur time.Duration) error {
	if dur <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(dur)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// until sleeps until a time of the drill.
func (d *run) until(ctx context.Context, at time.Duration) error { return d.sleep(ctx, at-d.now()) }

func instancesByName(ctx context.Context, rt runtimes.Runtime) (map[string]runtimes.Instance, error) {
	all, err := rt.Instances(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the instances: %w", err)
	}
	out := map[string]runtimes.Instance{}
	for _, in := range all {
		out[in.Node().Name] = in
	}
	return out, nil
}
