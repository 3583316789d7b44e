package fake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// An Instance is one node in memory. All fields but the first two belong to
// r.mu.
type Instance struct {
	r    *Runtime
	node runtimes.Node

	state    runtimes.State
	since    time.Duration
	restarts int
	timer    *time.Timer // of the coming restart
	log      []byte
	grown    chan struct{} // closed, and made anew, when log grows
}

// Ref implements [runtimes.Instance].
func (in *Instance) Ref() runtimes.Ref {
	return runtimes.Ref{Runtime: Name, System: in.r.system, ID: in.node.Name}
}

// Node implements [runtimes.Instance].
func (in *Instance) Node() runtimes.Node {
	in.r.mu.Lock()
	defer in.r.mu.Unlock()
	return in.node
}

// act plays the script, then does the act at one instant.
func (in *Instance) act(ctx context.Context, act Act, detail string, do func(at time.Duration) error) (time.Duration, error) {
	script := in.r.begin(ctx, in.node.Name, act, detail)
	var s *scripted
	if script != nil && !(errors.As(script, &s) && s.did) {
		return 0, script
	}
	in.r.mu.Lock()
	defer in.r.mu.Unlock()
	at := in.r.Now()
	if err := do(at); err != nil {
		return at, err
	}
	return at, script
}

// Status implements [runtimes.Stater].
func (in *Instance) Status(ctx context.Context) (st runtimes.Status, err error) {
	_, err = in.act(ctx, Status, "", func(time.Duration) error {
		st = runtimes.Status{State: in.state, Restarts: in.restarts, Since: in.since}
		return nil
	})
	return st, err
}

// Kill implements [runtimes.Killer].
func (in *Instance) Kill(ctx context.Context) (time.Duration, error) {
	return in.act(ctx, Kill, "", func(at time.Duration) error {
		in.keepDown(at, "killed")
		return nil
	})
}

// Crash implements [runtimes.Crasher]; every signal ends the instance.
func (in *Instance) Crash(ctx context.Context, sig syscall.Signal) (time.Duration, error) {
	return in.act(ctx, Crash, sig.String(), func(at time.Duration) error {
		if in.down() {
			return fmt.Errorf("crashing %s: it is %s already", in.node.Name, in.state)
		}
		in.exit(at, "signal: "+sig.String())
		return nil
	})
}

// Stop implements [runtimes.Stopper]; no grace is needed.
func (in *Instance) Stop(ctx context.Context, grace time.Duration) (time.Duration, error) {
	return in.act(ctx, Stop, grace.String(), func(at time.Duration) error {
		in.keepDown(at, "stopped in order")
		return nil
	})
}

// Start implements [runtimes.Stopper].
func (in *Instance) Start(ctx context.Context) (time.Duration, error) {
	return in.act(ctx, Start, "", func(time.Duration) error {
		if in.down() {
			in.launch("started", "")
		}
		return nil
	})
}

// Pause implements [runtimes.Pauser].
func (in *Instance) Pause(ctx context.Context) (time.Duration, error) {
	return in.act(ctx, Pause, "", func(at time.Duration) error {
		if in.down() {
			return fmt.Errorf("pausing %s: it is %s", in.node.Name, in.state)
		}
		if in.state != runtimes.Paused {
			in.become(at, runtimes.Paused)
			in.tell(at, "paused", "")
		}
		return nil
	})
}

// Unpause implements [runtimes.Pauser].
func (in *Instance) Unpause(ctx context.Context) (time.Duration, error) {
	return in.act(ctx, Unpause, "", func(at time.Duration) error {
		if in.state == runtimes.Paused {
			in.become(at, runtimes.Running)
			in.tell(at, "unpaused", "")
		}
		return nil
	})
}

// DialContext is the Runtime's Dial from this instance.
func (in *Instance) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return in.r.dial(ctx, in.node.Name, network, address)
}
