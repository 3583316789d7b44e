package process

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// strike ends the process with SIGKILL, and nothing else that takes time. The
// caller holds mu and calls keepDown next.
func (n *node) strike() time.Duration {
	at := mono.Now()
	if n.pid != 0 {
		// The error can only be ESRCH of a process not yet reaped.
		_ = syscall.Kill(-n.pid, syscall.SIGKILL)
	}
	return at
}

// keepDown makes the node one that we have stopped at an instant. The caller
// holds mu and waits for the channel, nil if there is no process, without it.
func (n *node) keepDown(at time.Duration, note string) <-chan struct{} {
	n.wanted = false
	n.stopTimer()
	if n.state != runtimes.Stopped {
		n.become(runtimes.Stopped, at)
		n.tell(at, "stopped", note)
	}
	if n.pid == 0 {
		return nil
	}
	return n.done
}

func (n *node) kill(ctx context.Context) (time.Duration, error) {
	n.sup.mu.Lock()
	at := n.strike()
	done := n.keepDown(at, "killed")
	n.sup.mu.Unlock()
	return at, wait(ctx, done)
}

// cut strikes all nodes in one tight loop.
func cut(ctx context.Context, sup *supervisor, nodes []*node) (map[string]time.Duration, error) {
	stamps := make([]time.Duration, len(nodes))
	ends := make([]<-chan struct{}, len(nodes))
	sup.mu.Lock()
	for i, n := range nodes {
		stamps[i] = n.strike()
	}
	for i, n := range nodes {
		ends[i] = n.keepDown(stamps[i], "power cut")
	}
	sup.mu.Unlock()
	at := make(map[string]time.Duration, len(nodes))
	for i, n := range nodes {
		at[n.spec.Name] = stamps[i]
		if err := wait(ctx, ends[i]); err != nil {
			return at, err
		}
	}
	return at, nil
}

func (n *node) crash(sig syscall.Signal) (time.Duration, error) {
	n.sup.mu.Lock()
	defer n.sup.mu.Unlock()
	if n.pid == 0 {
		return 0, fmt.Errorf("crashing %s: it is %s already", n.spec.Name, n.state)
	}
	at := mono.Now()
	if err := syscall.Kill(n.pid, sig); err != nil {
		return at, fmt.Errorf("crashing %s with %v: %w", n.spec.Name, sig, err)
	}
	return at, nil
}

// stop asks with SIGTERM, and after grace ends with SIGKILL.
func (n *node) stop(ctx context.Context, grace time.Duration) (time.Duration, error) {
	n.sup.mu.Lock()
	at := mono.Now()
	if n.pid != 0 {
		_ = syscall.Kill(n.pid, syscall.SIGTERM)
		_ = syscall.Kill(-n.pid, syscall.SIGCONT) // a paused one must hear it
	}
	done := n.keepDown(at, "stopped in order")
	n.sup.mu.Unlock()
	limit, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if wait(limit, done) == nil {
		return at, nil
	}
	_, err := n.kill(ctx)
	return at, err
}

// start does nothing when there is a process, paused ones included.
func (n *node) start() (time.Duration, error) {
	n.sup.mu.Lock()
	defer n.sup.mu.Unlock()
	if n.pid != 0 && n.wanted {
		return mono.Now(), nil
	}
	if n.pid != 0 {
		return 0, fmt.Errorf("starting %s: it is still stopping", n.spec.Name)
	}
	n.quick = 0
	return n.launch("started", "")
}

// pause returns when the kernel has stopped every thread of the process.
func (n *node) pause(ctx context.Context) (time.Duration, error) {
	n.sup.mu.Lock()
	if n.pid == 0 || !n.wanted {
		defer n.sup.mu.Unlock()
		return 0, fmt.Errorf("pausing %s: it is %s", n.spec.Name, n.state)
	}
	at, done, stopped := mono.Now(), n.done, n.stopped
	if n.state != runtimes.Paused {
		n.stopped = make(chan struct{})
		stopped = n.stopped
		_ = syscall.Kill(-n.pid, syscall.SIGSTOP)
		n.become(runtimes.Paused, at)
		n.tell(at, "paused", "")
	}
	n.sup.mu.Unlock()
	select {
	case <-stopped:
		return at, nil
	case <-done:
		return at, fmt.Errorf("pausing %s: it ended meanwhile", n.spec.Name)
	case <-ctx.Done():
		return at, fmt.Errorf("pausing %s: %w", n.spec.Name, ctx.Err())
	}
}

// unpause leaves an instance that is not paused as it is.
func (n *node) unpause() (time.Duration, error) {
	n.sup.mu.Lock()
	defer n.sup.mu.Unlock()
	at := mono.Now()
	if n.state != runtimes.Paused {
		return at, nil
	}
	if err := syscall.Kill(-n.pid, syscall.SIGCONT); err != nil {
		return at, fmt.Errorf("unpausing %s: %w", n.spec.Name, err)
	}
	n.become(runtimes.Running, at)
	n.tell(at, "unpaused", "")
	return at, nil
}

// wait waits for the end of a process; done is nil if there was none.
func wait(ctx context.Context, done <-chan struct{}) error {
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
