package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// errNoEffect is the cause of a drill's end when a fault could not be proved.
var errNoEffect = errors.New("no effect")

// runSteps starts the steps' clock and returns when the last action is over and
// the last damage gone or known to be stuck.
func (d *run) runSteps(ctx context.Context, cancel context.CancelCauseFunc, steps []*armedStep) error {
	start := d.now()
	d.enter(drill.PhaseFault, start)
	errs := make([]error, len(steps))
	var wg sync.WaitGroup
	for i, s := range steps {
		wg.Go(func() {
			if d.until(ctx, start+s.Spec.At) == nil {
				errs[i] = d.step(ctx, cancel, s)
			}
		})
	}
	for _, a := range d.plan.Actions {
		wg.Go(func() {
			if d.until(ctx, start+a.Spec.At) == nil {
				d.act(ctx, cancel, a)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// step does one step's damage and takes it back. Whatever happens in between,
// an error, a panic or a cancelled ctx, the undo runs under its own limit.
func (d *run) step(ctx context.Context, cancel context.CancelCauseFunc, s *armedStep) (err error) {
	fired := d.now()
	d.tell(drill.KindFaultFired, s, s.Spec.Text)
	defer d.setForce(s.Spec.Text, false)
	defer func() { err = d.undo(context.WithoutCancel(ctx), s) }()

	proveErr := safely(func() error { return d.fire(ctx, s) })
	if proveErr != nil && ctx.Err() == nil {
		d.tell(drill.KindFaultUnproved, s, proveErr.Error())
		cancel(fmt.Errorf("%s: %w: %w", s.Spec.ID, errNoEffect, proveErr))
	}
	d.setForce(s.Spec.Text, proveErr == nil)
	if proveErr == nil && !s.Kind.Instant {
		d.hold(ctx, s, fired+s.Spec.For) // cut short is fine: the undo follows at once
	}
	return nil
}

// tell emits an event about a step that happens now.
func (d *run) tell(kind drill.Kind, s *armedStep, note string) {
	d.rec.emit(drill.Event{At: d.now(), Kind: kind, Step: s.Spec.ID, Subject: s.Spec.ID, Note: note})
}

// hold keeps the damage in force until end. Late in it the survivors' ledgers are
// read, and last of all the damage is proved once more: whatever took it away
// meanwhile, a restarted target or a healed route, has to be known.
func (d *run) hold(ctx context.Context, s *armedStep, end time.Duration) {
	again := end - d.proofLead(s)
	if lead := d.survivorLead(s); lead > 0 && d.until(ctx, again-lead) == nil {
		d.readSurvivors(ctx, s, again)
	}
	if d.until(ctx, again) == nil {
		d.proveAgain(ctx, s)
	}
	_ = d.until(ctx, end)
}

// proofLead is how long before the end the last proof begins: as long as the
// first one took, and some more, but at most a third of the damage.
func (d *run) proofLead(s *armedStep) time.Duration {
	const more = 100 * time.Millisecond
	return min(s.proof+more, s.Spec.For/3)
}

// proveAgain tells whether the damage is still in force. That it is not is a
// finding about the drill, and no reason to end it: it is taken back as ever.
func (d *run) proveAgain(ctx context.Context, s *armedStep) {
	began := d.now()
	var evidence string
	err := safely(func() (err error) {
		evidence, err = d.proveText(ctx, s, true, patience(max(s.proof, time.Second), s.Step))
		return err
	})
	switch {
	case ctx.Err() != nil: // it is being taken back already
	case err != nil:
		d.lose(s, err.Error())
	default:
		d.rec.emit(drill.Event{At: began, Kind: drill.KindFaultHeld, Step: s.Spec.ID, Subject: s.Spec.ID, Took: d.now() - began, Note: s.Spec.Text, Data: map[string]string{"evidence": evidence}})
	}
}

// lose tells that damage was over before its time.
func (d *run) lose(s *armedStep, why string) {
	s.lost = true
	d.tell(drill.KindFaultLost, s, why)
}
