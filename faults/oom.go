package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

var oom = Kind{
	Name:    "oom",
	Summary: "Have the kernel end the main process for want of memory.",
	Doc: `The target's memory is limited to a little more than it uses, its main process is
marked as the one to go first, and a program in it takes memory until the kernel
ends something (drillctl's own on the bundled system, else the container's sh and
tail; where there is neither the fault cannot be done). Then the limit is what it
was, before the target is started again: recovery is the system's own, as after a
crash. Verified by the engine's word that the kernel ended a process of the target
for want of memory, and gone when it runs again. If nobody restarts it, the undo
starts it at the end and the drill has an outage to show.`,
	Instant:  true,
	Excludes: []string{"memory-limit", "kill", "stop", "pause", "power-loss", "crash", "restart"},
	Runtimes: onlyDocker,
	Fits:     fitsOOM,
	New:      func() Fault { return &OOM{} },
}

// OOM is a death for want of memory.
type OOM struct {
	// Was is filled by Arm.
	Was limits `json:"was,omitempty" yaml:"-"`
}

func fitsOOM(in runtimes.Instance) error {
	return errors.Join(needs[runtimes.Limiter]("limit")(in), needs[runtimes.Execer]("run a program in")(in))
}

// Arm implements Fault.
func (f *OOM) Arm(ctx context.Context, on []Target) (Armed, error) {
	was := limits{}
	for _, t := range on {
		if err := fitsOOM(t.Instance); err != nil {
			return nil, err
		}
		l, err := t.Instance.(runtimes.Limiter).Limit(ctx, runtimes.Memory)
		if err != nil {
			return nil, err
		}
		was[t.Instance.Ref().ID] = l
	}
	f.Was = was
	return armActs(ctx, &acted{on: on, once: true, fire: f.starve,
		undo: func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
			return 0, f.Undo(ctx, in) // over when it is seen to run
		},
		down: func(was, is runtimes.Status) (bool, string) {
			return is.OOMs > was.OOMs, fmt.Sprintf("ended %d times for want of memory (were %d), state %s, process %d (was %d)", is.OOMs, was.OOMs, is.State, is.PID, was.PID)
		},
	})
}

const (
	// oomRoom is what a target may use beyond what it uses.
	oomRoom = 16 << 20
	// oomPatience is how long the kernel may take to end something.
	oomPatience = 15 * time.Second
)

// starve lasts until something was ended, and leaves the limit as it was.
func (f *OOM) starve(ctx context.Context, in runtimes.Instance) (at time.Duration, err error) {
	before, err := status(ctx, in)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, oomPatience)
	defer cancel()
	defer func() { err = errors.Join(err, f.relieve(context.WithoutCancel(ctx), in)) }()
	l := in.(runtimes.Limiter)
	u, err := l.Usage(ctx)
	if err != nil {
		return 0, err
	}
	if room := float64(u.Memory + oomRoom); f.Was[in.Ref().ID].Amount == 0 || f.Was[in.Ref().ID].Amount > room {
		if _, err := l.SetLimit(ctx, runtimes.Memory, runtimes.Limit{Amount: room}); err != nil {
			return 0, err
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- devour(ctx, in) }()
	return awaitOOM(ctx, in, before, ended)
}

// relievePatience is how long an engine may take to be done with a death.
const relievePatience = 20 * time.Second

// relieve takes the limit back, as soon as the engine can: not while the instance
// is dying or about to be restarted.
func (f *OOM) relieve(ctx context.Context, in runtimes.Instance) error {
	ctx, cancel := context.WithTimeout(ctx, relievePatience)
	defer cancel()
	for {
		_, err := unlimit(ctx, in, runtimes.Memory, f.Was)
		if err == nil || errors.Is(err, runtimes.ErrGone) {
			return nil // what is gone has no limit
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// awaitOOM returns when the engine tells of it.
func awaitOOM(ctx context.Context, in runtimes.Instance, before runtimes.Status, ended <-chan error) (time.Duration, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var why error
	for {
		select {
		case why = <-ended: // with its container, or for a reason of its own
			ended = nil
		case <-ctx.Done():
			return 0, errors.Join(fmt.Errorf("nothing was ended for want of memory within %s", oomPatience), why)
		case <-tick.C:
			if is, err := status(ctx, in); err == nil && is.OOMs > before.OOMs {
				return mono.Now(), nil
			}
		}
	}
}

// devour takes memory in an instance until the kernel ends its main process.
func devour(ctx context.Context, in runtimes.Instance) error {
	argv := []string{"sh", "-c", "echo 1000 > /proc/1/oom_score_adj; exec tail /dev/zero"}
	if len(in.Node().Args) > 0 { // it is this very binary, and has no shell
		argv = []string{"/proc/1/exe", StrainCommand, devourWord}
	}
	exit, said, err := in.(runtimes.Execer).Exec(ctx, argv)
	if err != nil {
		return err
	}
	return fmt.Errorf("the program that takes memory ended with status %d: %s", exit, said)
}

// Undo implements Fault.
func (f *OOM) Undo(ctx context.Context, in runtimes.Instance) error {
	return errors.Join(f.relieve(ctx, in), waitRunning(ctx, in))
}

// Patience implements Patient.
func (f *OOM) Patience() time.Duration { return oomPatience + supervisorPatience }
