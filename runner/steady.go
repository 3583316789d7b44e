package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// steady waits until the system has been good for the whole of the steady
// condition, counted from now: what went before, such as arming, cost the machine
// something, and is no baseline. It returns why not, in words, when it never was:
// then nothing may be injected.
func (d *run) steady(ctx context.Context) (why string, err error) {
	want := d.plan.Spec.Steady
	lag := d.plan.Spec.Load.Deadline + bucketLen // until a slot's fate is surely known
	tick := time.NewTicker(bucketLen)
	defer tick.Stop()
	began := d.now()
	limit := began + d.limits.Warmup + want.For + lag
	for {
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-tick.C:
		}
		now := d.now()
		to := (now - lag).Truncate(bucketLen)
		t := d.live.between(to-want.For, to)
		if to >= began+want.For && d.isSteady(t) {
			d.enter(drill.PhaseSteady, to-want.For)
			return "", nil
		}
		if now > limit {
			d.enter(drill.PhaseSteady, max(0, to-want.For))
			return fmt.Sprintf("the system was not steady within %s: %s", (limit - began).Round(time.Second), describe(t, want)), nil
		}
	}
}

// isSteady asks for success and for enough requests: a load that does not reach
// the system proves nothing.
func (d *run) isSteady(t traffic) bool {
	offered := (d.plan.Spec.Load.ReadRate + d.plan.Spec.Load.WriteRate) * d.plan.Spec.Steady.For.Seconds()
	enough := float64(t.good+t.bad) >= 0.9*offered
	return enough && t.good > 0 && t.success() >= d.plan.Spec.Steady.Success
}

func describe(t traffic, want drill.SteadySpec) string {
	if t.good+t.bad == 0 {
		return "no request was answered at all"
	}
	return fmt.Sprintf("%d of the last %d requests were good (%.2f %%, wanted %.2f %% for %s)",
		t.good, t.good+t.bad, 100*t.success(), 100*want.Success, want.For)
}

// guarded does the steps with the guard watching, in a drill of aborting: it ends
// them, and what follows shows whether the system recovers.
func (d *run) guarded(ctx context.Context, cancel context.CancelCauseFunc, armed []*armedStep) error {
	steps, end := context.WithCancelCause(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		d.guard(steps, *d.plan.AbortIf, func(why error) { d.abort(why, end) })
	}()
	defer func() { end(nil); <-over }()
	return d.runSteps(steps, cancel, armed)
}

// abort tells of the end of the steps, which is not the outcome of the drill.
func (d *run) abort(why error, end context.CancelCauseFunc) {
	d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindAbort, Data: map[string]string{"by": drill.ByGuard}, Note: why.Error()})
	end(why)
}

// An abortError is the cause with which the guard ends a drill.
type abortError struct{ why string }

func (e abortError) Error() string { return "abort-if: " + e.why }

// guard calls cancel when success stays below the limit for too long.
func (d *run) guard(ctx context.Context, limit AbortIf, cancel func(error)) {
	lag := d.plan.Spec.Load.Timeout + bucketLen
	tick := time.NewTicker(bucketLen)
	defer tick.Stop()
	var since time.Duration = -1
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		to := (d.now() - lag).Truncate(bucketLen)
		t := d.live.between(to-time.Second, to)
		switch {
		case t.good+t.bad > 0 && t.success() >= limit.Success:
			since = -1
		case since < 0:
			since = to
		case to-since >= limit.For:
			cancel(abortError{fmt.Sprintf("success stayed below %.4g %% for %s", 100*limit.Success, limit.For)})
			return
		}
	}
}
