package faults

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

var stop = Kind{
	Name:    "stop",
	Summary: "Stop the instance in order and start it again when the fault ends.",
	Doc: `The process gets SIGTERM, and SIGKILL after the grace. A gateway drains in that
time. Verified by the runtime's state and by a connection that nobody answers.`,
	Excludes: []string{"kill", "pause", "power-loss", "crash", "restart", "oom", "certificate", "config-push", "corrupt-backup", "rotate-keys"},
	Fits:     needs[runtimes.Stopper]("stop"),
	New:      func() Fault { return &Stop{Grace: 10 * time.Second} },
}

// Stop is a clean shutdown that lasts as long as the fault.
type Stop struct {
	Grace time.Duration `json:"grace_ns" yaml:"grace" doc:"time to finish open requests before SIGKILL"`
}

// Arm implements Fault.
func (f *Stop) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armActs(ctx, &acted{on: on, undo: startAgain, down: isDown, fire: func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
		return in.(runtimes.Stopper).Stop(ctx, f.Grace)
	}})
}

// Undo implements Fault.
func (f *Stop) Undo(ctx context.Context, in runtimes.Instance) error {
	_, err := startAgain(ctx, in)
	return err
}

// Check implements Checker.
func (f *Stop) Check() map[string]string {
	if f.Grace < 0 || f.Grace > 5*time.Minute {
		return map[string]string{"grace": "must be between 0s and 5m"}
	}
	return nil
}
