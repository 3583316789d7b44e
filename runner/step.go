package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner/journal"
)

// errNoEffect is the cause of a drill's end when a fault could not be proved.
var errNoEffect = errors.New("no effect")

// An armedStep is a step whose damage waits for one word.
type armedStep struct {
	Step
	targets []faults.Target
	armed   faults.Armed
}

// armAll makes every fault ready and proves that the paths it will cut are up:
// a path that is down already cannot show an effect.
func (d *run) armAll(ctx context.Context) ([]*armedStep, error) {
	ctx, cancel := context.WithTimeout(ctx, d.limits.Arm)
	defer cancel()
	running, err := instancesByName(ctx, d.opts.Runtime)
	if err != nil {
		return nil, err
	}
	steps := make([]*armedStep, len(d.plan.Steps))
	errs := make([]error, len(steps))
	var wg sync.WaitGroup
	for i, s := range d.plan.Steps {
		wg.Go(func() {
			steps[i] = &armedStep{Step: s}
			errs[i] = safely(func() (err error) {
				steps[i].targets, err = d.plan.targets(s, d.opts.Runtime, running)
				if err != nil {
					return err
				}
				steps[i].armed, err = s.Fault.Arm(ctx, steps[i].targets)
				if err != nil {
					return fmt.Errorf("%s: arm %s: %w", s.Spec.ID, s.Kind.Name, err)
				}
				if err := d.prove(ctx, steps[i], false, 2*time.Second); err != nil {
					return fmt.Errorf("%s: before the fault: %w", s.Spec.ID, err)
				}
				d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindFaultArmed, Step: s.Spec.ID, Subject: s.Spec.ID, Note: s.Spec.Text})
				return nil
			})
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		closeAll(steps)
		return nil, err
	}
	return steps, nil
}

func closeAll(steps []*armedStep) {
	var wg sync.WaitGroup
	for _, s := range steps {
		if s != nil && s.armed != nil {
			wg.Go(func() { _ = s.armed.Close() }) // only leases are left; their end cannot fail usefully
		}
	}
	wg.Wait()
}

// runSteps starts the steps' clock and returns when the last damage is gone or
// known to be stuck.
func (d *run) runSteps(ctx context.Context, cancel context.CancelCauseFunc, steps []*armedStep) error {
	start := d.now()
	d.enter(drill.PhaseFault, start)
	errs := make([]error, len(steps))
	var wg sync.WaitGroup
	for i, s := range steps {
		wg.Go(func() {
			if d.until(ctx, start+s.Spec.At) != nil {
				return
			}
			errs[i] = d.step(ctx, cancel, s)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// step does one step's damage and takes it back. Whatever happens in between,
// an error, a panic or a cancelled ctx, the undo runs under its own limit.
func (d *run) step(ctx context.Context, cancel context.CancelCauseFunc, s *armedStep) (err error) {
	fired := d.now()
	d.rec.emit(drill.Event{At: fired, Kind: drill.KindFaultFired, Step: s.Spec.ID, Subject: s.Spec.ID, Note: s.Spec.Text})
	d.setForce(s.Spec.Text, true)
	defer d.setForce(s.Spec.Text, false)
	defer func() { err = d.undo(context.WithoutCancel(ctx), s) }()

	proveErr := safely(func() error { return d.fire(ctx, s) })
	if proveErr != nil && ctx.Err() == nil {
		d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindFaultUnproved, Step: s.Spec.ID, Subject: s.Spec.ID, Note: proveErr.Error()})
		cancel(fmt.Errorf("%s: %w: %w", s.Spec.ID, errNoEffect, proveErr))
	}
	if proveErr == nil && !s.Kind.Instant {
		_ = d.until(ctx, fired+s.Spec.For) // cut short is fine: the undo follows at once
	}
	return nil
}

// fire writes the intent, does the damage and proves it.
func (d *run) fire(ctx context.Context, s *armedStep) error {
	if err := d.intend(s); err != nil {
		return err
	}
	stamps, err := s.armed.Fire(ctx)
	last := d.stamp(s, stamps, drill.KindFaultEffect)
	if err != nil {
		return fmt.Errorf("fire %s: %w", s.Kind.Name, err)
	}
	evidence, err := d.proveText(ctx, s, true, d.limits.Prove)
	if err != nil {
		return err
	}
	d.rec.emit(drill.Event{At: last, Kind: drill.KindFaultApplied, Step: s.Spec.ID, Subject: s.Spec.ID, Took: d.now() - last, Note: s.Spec.Text, Data: map[string]string{"evidence": evidence}})
	return nil
}

// stamp emits one event per instance and returns the time of the last.
func (d *run) stamp(s *armedStep, stamps map[string]time.Duration, kind drill.Kind) time.Duration {
	var last time.Duration
	for name, at := range stamps {
		at -= d.origin
		last = max(last, at)
		if kind != "" {
			d.rec.emit(drill.Event{At: at, Kind: kind, Step: s.Spec.ID, Subject: name})
		}
	}
	if len(stamps) == 0 {
		return d.now()
	}
	return last
}

// intend journals damage that does not end with drillctl, before it is done.
func (d *run) intend(s *armedStep) error {
	if s.Kind.Leased {
		return nil
	}
	data, err := json.Marshal(s.Fault)
	if err != nil {
		return fmt.Errorf("journal %s: %w", s.Spec.ID, err)
	}
	for _, t := range s.targets {
		e := journal.Entry{ID: entryID(s, t), State: journal.Intent, Ref: t.Instance.Ref(), Kind: s.Kind.Name, Fault: data}
		if err := d.jrn.Append(e); err != nil {
			return err
		}
	}
	return nil
}

func entryID(s *armedStep, t faults.Target) string { return s.Spec.ID + "/" + t.Instance.Node().Name }

// undo takes the damage back and proves that it is gone.
func (d *run) undo(ctx context.Context, s *armedStep) error {
	ctx, cancel := context.WithTimeout(ctx, d.limits.Undo)
	defer cancel()
	var stamps map[string]time.Duration
	err := d.insist(ctx, func() (err error) {
		stamps, err = d.takeBack(ctx, s)
		return err
	})
	evidence := ""
	if err == nil {
		err = safely(func() (err error) {
			evidence, err = d.proveText(ctx, s, false, d.limits.Undo)
			return err
		})
	}
	// The agents' stamps say when the damage ended; without any, it is over
	// when that was proved.
	last := d.stamp(s, stamps, "")
	if err != nil {
		d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindFaultStuck, Step: s.Spec.ID, Subject: s.Spec.ID, Note: err.Error()})
		d.mu.Lock()
		d.stuck = append(d.stuck, s.Spec.Text+": "+err.Error())
		d.mu.Unlock()
		return fmt.Errorf("%w: %s: %w", ErrStuck, s.Spec.ID, err)
	}
	if !s.Kind.Leased {
		for _, t := range s.targets {
			err = errors.Join(err, d.jrn.Append(journal.Entry{ID: entryID(s, t), State: journal.Reverted, Ref: t.Instance.Ref(), Kind: s.Kind.Name}))
		}
	}
	d.rec.emit(drill.Event{At: last, Kind: drill.KindFaultReverted, Step: s.Spec.ID, Subject: s.Spec.ID, Took: d.now() - last, Note: s.Spec.Text, Data: map[string]string{"evidence": evidence}})
	return err
}

// insist repeats an undo for half of its limit: what is on its way (an instance
// that is still stopping) cannot be taken back at once.
func (d *run) insist(ctx context.Context, undo func() error) error {
	deadline := d.now() + d.limits.Undo/2
	for {
		err := safely(undo)
		if err == nil || d.now() >= deadline || d.sleep(ctx, proveEvery) != nil {
			return err
		}
	}
}

// takeBack ends leased damage through its agents, and journalled damage through
// the same Undo that recovery uses, so that every drill exercises it.
func (d *run) takeBack(ctx context.Context, s *armedStep) (map[string]time.Duration, error) {
	if s.Kind.Leased {
		return s.armed.Revert(ctx)
	}
	errs := make([]error, len(s.targets))
	var wg sync.WaitGroup
	for i, t := range s.targets {
		wg.Go(func() { errs[i] = safely(func() error { return s.Fault.Undo(ctx, t.Instance) }) })
	}
	wg.Wait()
	return nil, errors.Join(errs...)
}

// prove looks until the fault is in force (or gone) on every target.
func (d *run) prove(ctx context.Context, s *armedStep, want bool, limit time.Duration) error {
	_, err := d.proveText(ctx, s, want, limit)
	return err
}

const proveEvery = 100 * time.Millisecond

func (d *run) proveText(ctx context.Context, s *armedStep, want bool, limit time.Duration) (string, error) {
	deadline := d.now() + limit
	for {
		evidence, err := s.armed.Verify(ctx, want)
		text, bad := read(evidence)
		if err == nil && len(bad) == 0 && len(evidence) > 0 {
			return text, nil
		}
		if d.now() >= deadline || ctx.Err() != nil {
			if err == nil && len(evidence) == 0 {
				err = errors.New("no evidence was found")
			}
			return text, notProved(s, want, bad, err)
		}
		if err := d.sleep(ctx, proveEvery); err != nil {
			return text, notProved(s, want, bad, err)
		}
	}
}

func notProved(s *armedStep, want bool, bad []string, err error) error {
	state := "gone"
	if want {
		state = "in force"
	}
	msg := fmt.Errorf("%s is not proved %s", s.Kind.Name, state)
	if len(bad) > 0 {
		msg = fmt.Errorf("%w: %s", msg, strings.Join(bad, "; "))
	}
	if err != nil {
		msg = fmt.Errorf("%w: %w", msg, err)
	}
	return msg
}

func read(evidence []faults.Evidence) (text string, bad []string) {
	var lines []string
	for _, e := range evidence {
		line := e.Instance + ": " + e.How + ": " + e.Text
		lines = append(lines, line)
		if !e.OK {
			bad = append(bad, line)
		}
	}
	return strings.Join(lines, "\n"), bad
}

// safely turns a panic into an error, so that an undo is never skipped.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
