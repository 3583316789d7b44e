package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runtimes"
)

// An armedStep is a step whose damage waits for one word.
type armedStep struct {
	Step
	targets []faults.Target
	armed   faults.Armed
	proof   time.Duration // how long proving it in force took
	lost    bool          // that it was over before its time has been told
}

// armAll makes every fault ready and proves that the paths it will cut are up:
// a path that is down already cannot show an effect.
func (d *run) armAll(ctx context.Context) ([]*armedStep, error) {
	ctx, cancel := context.WithTimeout(ctx, patience(d.limits.Arm, d.plan.Steps...))
	defer cancel()
	running, err := instancesByName(ctx, d.opts.Runtime)
	if err != nil {
		return nil, err
	}
	if d.opts.Host != nil {
		running[runtimes.HostName] = d.opts.Host
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

// patience is a limit, or what the most patient of the steps' faults asks for.
func patience(limit time.Duration, steps ...Step) time.Duration {
	for _, s := range steps {
		if p, ok := s.Fault.(faults.Patient); ok {
			limit = max(limit, p.Patience())
		}
	}
	return limit
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
