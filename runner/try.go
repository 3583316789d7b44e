package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// A Trial is one fault of a plan, tried on one instance.
type Trial struct {
	Step     Step
	Target   string
	Evidence string        // that it was in force, which also says which way it took
	Took     time.Duration // until that was proved
	Gone     time.Duration // until it was proved gone, from when it was taken back
	Err      error         // it could not be done, or not be proved
	Stuck    error         // it could not be taken back
}

// Try does every fault of a plan to one of its targets for a moment, proves that
// it takes effect, takes it back and proves that it is gone. It is for a system
// that was raised for this alone; what is done outside of it is left alone. Faults
// alike in kind and parameters are tried once, with the patience of a drill.
func Try(ctx context.Context, plan Plan, rt runtimes.Runtime, now func() time.Duration) ([]Trial, error) {
	running, err := instancesByName(ctx, rt)
	if err != nil {
		return nil, err
	}
	d := &run{opts: Options{Runtime: rt, Now: now}, plan: plan, limits: Limits{}.orDefault()}
	var out []Trial
	var tried [][]byte
	for _, s := range plan.Steps {
		if s.Kind.Outside || len(s.Targets) == 0 { // it would not stay within the system
			continue
		}
		data, err := json.Marshal([]any{s.Kind.Name, s.Fault})
		if err != nil {
			return out, fmt.Errorf("%s: %w", s.Spec.ID, err)
		}
		if !contains(tried, data) {
			tried = append(tried, data)
			out = append(out, d.try(ctx, s, running))
		}
	}
	return out, nil
}

func contains(all [][]byte, one []byte) bool {
	for _, b := range all {
		if bytes.Equal(b, one) {
			return true
		}
	}
	return false
}

func (d *run) try(ctx context.Context, step Step, running map[string]runtimes.Instance) (t Trial) {
	step.Targets = step.Targets[:1]
	t = Trial{Step: step, Target: step.Targets[0]}
	s := &armedStep{Step: step}
	if t.Err = safely(func() error { return d.tryArm(ctx, s, running) }); t.Err != nil {
		closeAll([]*armedStep{s})
		return t
	}
	defer closeAll([]*armedStep{s})
	defer func() {
		began := d.now()
		t.Stuck = d.tryUndo(context.WithoutCancel(ctx), s)
		t.Gone = d.now() - began
	}()
	began := d.now()
	t.Err = safely(func() (err error) {
		if _, err = s.armed.Fire(ctx); err == nil {
			t.Evidence, err = d.proveText(ctx, s, true, patience(d.limits.Prove, s.Step))
		}
		return err
	})
	t.Took = d.now() - began
	return t
}

func (d *run) tryArm(ctx context.Context, s *armedStep, running map[string]runtimes.Instance) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience(d.limits.Arm, s.Step))
	defer cancel()
	if s.targets, err = d.plan.targets(s.Step, d.opts.Runtime, running); err != nil {
		return err
	}
	if s.armed, err = s.Fault.Arm(ctx, s.targets); err != nil {
		return fmt.Errorf("arm %s: %w", s.Kind.Name, err)
	}
	return d.prove(ctx, s, false, d.limits.Prove)
}

func (d *run) tryUndo(ctx context.Context, s *armedStep) error {
	limit := 2 * patience(d.limits.Undo/2, s.Step)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := d.insist(ctx, limit/2, func() error {
		_, err := d.takeBack(ctx, s)
		return err
	})
	if err != nil {
		return err
	}
	return safely(func() error { return d.prove(ctx, s, false, limit) })
}
