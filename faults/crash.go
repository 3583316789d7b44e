package faults

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

var crash = Kind{
	Name:    "crash",
	Summary: "End the main process from outside, so that its supervisor has to bring it back.",
	Doc: `The process gets SIGKILL (or SIGSEGV or SIGABRT), but the restart policy stays in
force: recovery is the system's own. Verified when the runtime shows another
process than before, and gone when it runs again. If nobody restarts it, the undo
starts it at the end and the drill has an outage to show.`,
	Instant:  true,
	Excludes: []string{"kill", "stop", "pause", "power-loss", "restart", "oom"},
	Fits:     needs[runtimes.Crasher]("crash"),
	New:      func() Fault { return &Crash{Signal: "kill"} },
}

// Crash is a death that a supervisor may repair.
type Crash struct {
	Signal string `json:"signal" yaml:"signal" doc:"what ends it" enum:"kill,segv,abrt"`
}

var crashSignals = map[string]syscall.Signal{"kill": syscall.SIGKILL, "segv": syscall.SIGSEGV, "abrt": syscall.SIGABRT}

// Arm implements Fault.
func (f *Crash) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armActs(ctx, &acted{on: on, undo: recovered, once: true,
		fire: func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
			return in.(runtimes.Crasher).Crash(ctx, crashSignals[f.Signal])
		},
		down: func(was, is runtimes.Status) (bool, string) {
			return is.PID != was.PID || is.State != runtimes.Running || is.Restarts > was.Restarts,
				fmt.Sprintf("state %s, process %d (was %d), %d restarts (were %d)", is.State, is.PID, was.PID, is.Restarts, was.Restarts)
		},
	})
}

// Undo implements Fault.
func (f *Crash) Undo(ctx context.Context, in runtimes.Instance) error {
	return waitRunning(ctx, in)
}

// Check implements Checker.
func (f *Crash) Check() map[string]string {
	if _, ok := crashSignals[f.Signal]; !ok {
		return map[string]string{"signal": "must be kill, segv or abrt"}
	}
	return nil
}

// recovered waits for the supervisor, like Undo.
func recovered(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
	return 0, waitRunning(ctx, in)
}

const supervisorPatience = 15 * time.Second

// waitRunning gives the supervisor time and starts the instance if that was not
// enough.
func waitRunning(ctx context.Context, in runtimes.Instance) error {
	limit := time.NewTimer(supervisorPatience)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := status(ctx, in)
		if err != nil {
			return err
		}
		if s.State == runtimes.Running {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			_, err := startAgain(ctx, in)
			return err
		case <-tick.C:
		}
	}
}
