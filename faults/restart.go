package faults

import (
	"context"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

var restart = Kind{
	Name:    "restart",
	Summary: "Stop the instance in order and start it again at once.",
	Doc: `SIGTERM, SIGKILL after the grace, and a start: what a deployment does to each
instance. Verified when the runtime shows another process than before, and gone
when it answers again.`,
	Instant:  true,
	Excludes: []string{"kill", "stop", "pause", "power-loss", "crash", "oom"},
	Fits:     needs[runtimes.Stopper]("restart"),
	New:      func() Fault { return &Restart{Grace: 10 * time.Second} },
}

// Restart is a stop and a start.
type Restart struct {
	Grace time.Duration `json:"grace_ns" yaml:"grace" doc:"time to finish open requests before SIGKILL"`
}

// Arm implements Fault.
func (f *Restart) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armActs(ctx, &acted{on: on, undo: startAgain, once: true,
		fire: func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
			at, err := in.(runtimes.Stopper).Stop(ctx, f.Grace)
			if err != nil {
				return at, err
			}
			_, err = in.(runtimes.Stopper).Start(ctx)
			return at, err
		},
		down: func(was, is runtimes.Status) (bool, string) {
			// A runtime that tells no process tells the last change.
			return is.PID != was.PID || is.PID == 0 && is.Since > was.Since, fmt.Sprintf("state %s, process %d (was %d)", is.State, is.PID, was.PID)
		},
	})
}

// Undo implements Fault.
func (f *Restart) Undo(ctx context.Context, in runtimes.Instance) error {
	_, err := startAgain(ctx, in)
	return err
}

// Check implements Checker.
func (f *Restart) Check() map[string]string { return (&Stop{Grace: f.Grace}).Check() }
