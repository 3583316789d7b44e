package faults

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

var powerLoss = Kind{
	Name:    "power-loss",
	Summary: "End every process of the targets at one instant and keep them down.",
	Doc: `All main processes get SIGKILL in one tight loop, no supervisor starts them again,
and what was not on disk is gone. When the fault ends they are started as they
were. Verified by the runtime's state and by connections that nobody answers.`,
	Excludes: []string{"kill", "stop", "pause", "crash", "restart"},
	Fits:     needs[runtimes.Killer]("kill"),
	New:      func() Fault { return &PowerLoss{} },
}

// PowerLoss ends a whole region.
type PowerLoss struct{}

// Arm implements Fault.
func (f *PowerLoss) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armActs(ctx, &acted{on: on, undo: startAgain, down: isDown, all: cutPower})
}

// cutPower uses the runtime's own switch, or kills in parallel without one.
func cutPower(ctx context.Context, on []Target) (map[string]time.Duration, error) {
	if c := on[0].Power; c != nil {
		var names []string
		for _, t := range on {
			names = append(names, t.Instance.Node().Name)
		}
		return c.CutPower(ctx, names)
	}
	return each(ctx, on, func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
		return in.(runtimes.Killer).Kill(ctx)
	})
}

// Undo implements Fault.
func (f *PowerLoss) Undo(ctx context.Context, in runtimes.Instance) error {
	_, err := startAgain(ctx, in)
	return err
}
