package docker

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// mark notes whether we keep the container down, before the engine's events can
// tell of the act.
func (i *Instance) mark(down bool) {
	i.r.mu.Lock()
	i.m.down = down
	i.r.mu.Unlock()
}

// Kill implements [runtimes.Killer]: through the engine, which then does not
// apply the restart policy.
func (i *Instance) Kill(ctx context.Context) (time.Duration, error) {
	if err := i.r.alive(ctx); err != nil {
		return 0, err
	}
	i.mark(true)
	at := mono.Now()
	_, err := i.r.e.cli.ContainerKill(ctx, i.m.id, client.ContainerKillOptions{Signal: "KILL"})
	if notRunning(err) {
		return at, i.suppress(ctx) // it may be about to be restarted
	}
	return at, i.explain("killing", err)
}

// suppress keeps a container down that has ended by itself.
func (i *Instance) suppress(ctx context.Context) error {
	now := 0
	_, err := i.r.e.cli.ContainerStop(ctx, i.m.id, client.ContainerStopOptions{Timeout: &now})
	return i.explain("stopping", err)
}

// notRunning says whether the engine refused because the container is down.
func notRunning(err error) bool { return err != nil && errdefs.IsConflict(err) }

// Stop implements [runtimes.Stopper]; grace counts in whole seconds, rounded up.
func (i *Instance) Stop(ctx context.Context, grace time.Duration) (time.Duration, error) {
	if err := i.r.alive(ctx); err != nil {
		return 0, err
	}
	i.mark(true)
	secs := int((grace + time.Second - 1) / time.Second)
	at := mono.Now()
	_, err := i.r.e.cli.ContainerStop(ctx, i.m.id, client.ContainerStopOptions{Timeout: &secs})
	return at, i.explain("stopping", err)
}

// Start implements [runtimes.Stopper]: with the restart policy that it had.
func (i *Instance) Start(ctx context.Context) (time.Duration, error) {
	if err := i.r.alive(ctx); err != nil {
		return 0, err
	}
	if err := i.restorePolicy(ctx); err != nil {
		return 0, err
	}
	i.mark(false)
	at := mono.Now()
	_, err := i.r.e.cli.ContainerStart(ctx, i.m.id, client.ContainerStartOptions{})
	if err != nil {
		i.mark(true)
		return at, i.explain("starting", err)
	}
	return at, i.reload(ctx)
}

// reload takes a container's addresses as they are now: those that the engine
// chose may be others than before.
func (i *Instance) reload(ctx context.Context) error {
	if i.m.own {
		return i.r.giveAddrs(ctx, i.m) // they are fixed, but for those that the engine knows nothing of
	}
	c, err := i.inspect(ctx)
	if err != nil {
		return err
	}
	i.r.mu.Lock()
	defer i.r.mu.Unlock()
	i.m.node.Addrs = addrsOf(c)
	return nil
}

// Pause implements [runtimes.Pauser]. Pausing what is down is an error.
func (i *Instance) Pause(ctx context.Context) (time.Duration, error) {
	at := mono.Now()
	_, err := i.r.e.cli.ContainerPause(ctx, i.m.id, client.ContainerPauseOptions{})
	if notRunning(err) {
		if s, serr := i.Status(ctx); serr != nil || s.State == runtimes.Paused {
			return at, serr
		}
	}
	if err == nil {
		i.r.mu.Lock()
		i.m.since = at
		i.r.mu.Unlock()
	}
	return at, i.explain("pausing", err)
}

// Unpause implements [runtimes.Pauser].
func (i *Instance) Unpause(ctx context.Context) (time.Duration, error) {
	at := mono.Now()
	_, err := i.r.e.cli.ContainerUnpause(ctx, i.m.id, client.ContainerUnpauseOptions{})
	if err == nil {
		return at, nil
	}
	// What is not paused is fine, whatever words the engine has for it.
	if s, serr := i.Status(ctx); serr != nil || s.State != runtimes.Paused {
		return at, serr
	}
	return at, i.explain("unpausing", err)
}

// Crash implements [runtimes.Crasher]: the signal comes from outside, past the
// engine, which sees a process that has died and applies the restart policy.
func (i *Instance) Crash(ctx context.Context, sig syscall.Signal) (time.Duration, error) {
	p, err := i.process(ctx)
	if err != nil {
		return 0, fmt.Errorf("crashing %s: %w", i.m.node.Name, err)
	}
	defer p.close()
	i.mark(false)
	at, err := p.signal(sig)
	if err != nil {
		return at, fmt.Errorf("crashing %s: %w", i.m.node.Name, err)
	}
	return at, nil
}

// process finds the container's main process on this machine.
func (i *Instance) process(ctx context.Context) (*hostProcess, error) {
	c, err := i.inspect(ctx)
	if err != nil {
		return nil, err
	}
	if c.State.Pid == 0 {
		return nil, fmt.Errorf("it is %s, not running", c.State.Status)
	}
	return openProcess(c.State.Pid, i.m.id)
}

// setPolicy changes the restart policy.
func (i *Instance) setPolicy(ctx context.Context, p container.RestartPolicy) error {
	_, err := i.r.e.cli.ContainerUpdate(ctx, i.m.id, client.ContainerUpdateOptions{RestartPolicy: &p})
	return i.explain("changing the restart policy of", err)
}

// restorePolicy undoes what CutPower did to the restart policy, from what was
// noted before it did.
func (i *Instance) restorePolicy(ctx context.Context) error {
	p, ok := i.r.notes.policy(i.m.id)
	if !ok && i.m.own && i.m.node.Restart {
		p, ok = container.RestartPolicy{Name: container.RestartPolicyUnlessStopped}, true
	}
	if !ok {
		return nil
	}
	c, err := i.inspect(ctx)
	if err != nil {
		return err
	}
	if c.HostConfig.RestartPolicy.IsSame(&p) {
		return nil
	}
	return errors.Join(i.setPolicy(ctx, p))
}
