package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runtimes"
)

// undo takes the damage back and proves that it is gone.
func (d *run) undo(ctx context.Context, s *armedStep) error {
	limit := 2 * patience(d.limits.Undo/2, s.Step)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var stamps map[string]time.Duration
	err := d.insist(ctx, limit/2, func() (err error) {
		stamps, err = d.takeBack(ctx, s)
		return err
	})
	d.tellEarly(s)
	evidence := ""
	if err == nil {
		err = safely(func() (err error) {
			evidence, err = d.proveText(ctx, s, false, limit)
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

// tellEarly tells of damage that was found gone when it was to be taken back, and
// that no proof had missed before.
func (d *run) tellEarly(s *armedStep) {
	e, ok := s.armed.(faults.Ender)
	if !ok || s.lost {
		return
	}
	early := e.Early()
	for _, name := range slices.Sorted(maps.Keys(early)) {
		d.lose(s, name+": "+early[name])
	}
}

// insist repeats an undo for a while: what is on its way (an instance
// that is still stopping) cannot be taken back at once.
func (d *run) insist(ctx context.Context, limit time.Duration, undo func() error) error {
	deadline := d.now() + limit
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
		wg.Go(func() {
			errs[i] = safely(func() error { return s.Fault.Undo(ctx, t.Instance) })
			if errors.Is(errs[i], runtimes.ErrGone) {
				errs[i] = nil // a vanished instance has no damage, as for recover
			}
		})
	}
	wg.Wait()
	return nil, errors.Join(errs...)
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
