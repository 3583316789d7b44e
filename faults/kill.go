package faults

import (
	"context"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

var kill = Kind{
	Name:    "kill",
	Summary: "End the main process with SIGKILL and keep it down.",
	Doc: `The process gets SIGKILL and no supervisor starts it again until the fault ends;
then it is started as it was. Verified by the runtime's state and by a connection
that nobody answers.`,
	Excludes: []string{"stop", "pause", "power-loss", "crash", "restart", "oom", "certificate", "config-push", "corrupt-backup", "rotate-keys"},
	Fits:     needs[runtimes.Killer]("kill"),
	New:      func() Fault { return &Kill{} },
}

// Kill is a sudden death that lasts.
type Kill struct{}

// Arm implements Fault.
func (f *Kill) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armActs(ctx, &acted{on: on, undo: startAgain, down: isDown, fire: func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
		return in.(runtimes.Killer).Kill(ctx)
	}})
}

// Undo implements Fault.
func (f *Kill) Undo(ctx context.Context, in runtimes.Instance) error {
	_, err := startAgain(ctx, in)
	return err
}

// startAgain brings an instance up, whatever put it down. What runs already is
// left alone.
func startAgain(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
	s, ok := in.(runtimes.Stopper)
	if !ok {
		return 0, fmt.Errorf("%w: its runtime cannot start it", runtimes.ErrUnsupported)
	}
	return s.Start(ctx)
}

func isDown(_, is runtimes.Status) (bool, string) {
	return is.State == runtimes.Stopped || is.State == runtimes.Exited, "state " + string(is.State)
}
