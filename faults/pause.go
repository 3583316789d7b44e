package faults

import (
	"context"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

var pause = Kind{
	Name:    "pause",
	Summary: "Freeze all processes of the instance and thaw them when the fault ends.",
	Doc: `The kernel still accepts connections, but nobody answers them: what a hung
process or a stopped virtual machine looks like. Verified by the runtime's state
and by a request that gets no answer.`,
	Excludes: []string{"kill", "stop", "power-loss", "crash", "restart", "oom", "certificate", "config-push", "corrupt-backup", "rotate-keys"},
	Fits:     needs[runtimes.Pauser]("pause"),
	New:      func() Fault { return &Pause{} },
}

// Pause freezes.
type Pause struct{}

// Arm implements Fault.
func (f *Pause) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armActs(ctx, &acted{on: on,
		fire: func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
			return in.(runtimes.Pauser).Pause(ctx)
		},
		undo: func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
			return in.(runtimes.Pauser).Unpause(ctx)
		},
		down: func(_, is runtimes.Status) (bool, string) {
			return is.State == runtimes.Paused, "state " + string(is.State)
		},
	})
}

// Undo implements Fault.
func (f *Pause) Undo(ctx context.Context, in runtimes.Instance) error {
	p, ok := in.(runtimes.Pauser)
	if !ok {
		return fmt.Errorf("%w: its runtime cannot thaw it", runtimes.ErrUnsupported)
	}
	_, err := p.Unpause(ctx)
	return err
}
