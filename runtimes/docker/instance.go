package docker

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// An Instance is one container. It allows every act of package runtimes.
type Instance struct {
	r *Runtime
	m *member
}

// Ref implements [runtimes.Instance].
func (i *Instance) Ref() runtimes.Ref {
	return runtimes.Ref{Runtime: Name, System: i.m.system, ID: i.m.id}
}

// Node implements [runtimes.Instance].
func (i *Instance) Node() runtimes.Node {
	i.r.mu.Lock()
	defer i.r.mu.Unlock()
	return i.m.node
}

// inspect asks the engine about the container.
func (i *Instance) inspect(ctx context.Context) (container.InspectResponse, error) {
	if err := i.r.alive(ctx); err != nil {
		return container.InspectResponse{}, err
	}
	res, err := i.r.e.cli.ContainerInspect(ctx, i.m.id, client.ContainerInspectOptions{})
	if err != nil {
		return container.InspectResponse{}, i.explain("looking at", err)
	}
	return res.Container, nil
}

// explain says what was tried, and that a container that is not there is gone.
func (i *Instance) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	if errdefs.IsNotFound(err) {
		return fmt.Errorf("%s %s: its container is no more: %w", what, i.m.node.Name, runtimes.ErrGone)
	}
	return fmt.Errorf("%s %s: %w", what, i.m.node.Name, err)
}

// Status implements [runtimes.Stater]. The PID is that of the engine's machine.
func (i *Instance) Status(ctx context.Context) (runtimes.Status, error) {
	c, err := i.inspect(ctx)
	if err != nil {
		return runtimes.Status{}, err
	}
	i.r.mu.Lock()
	defer i.r.mu.Unlock()
	s := runtimes.Status{State: stateOf(c.State, i.m.down), PID: c.State.Pid, Restarts: c.RestartCount, Since: monoOf(c.State.StartedAt), OOMs: i.m.ooms}
	if c.State.OOMKilled { // of before the engine's events were heard
		s.OOMs = max(s.OOMs, 1)
	}
	switch s.State {
	case runtimes.Stopped, runtimes.Exited:
		s.Since, s.PID = monoOf(c.State.FinishedAt), 0
	case runtimes.Paused:
		s.Since = max(s.Since, i.m.since)
	}
	return s, nil
}

// stateOf reads the engine's words. A container that waits to be restarted is
// not running, although the engine counts it so.
func stateOf(s *container.State, down bool) runtimes.State {
	switch s.Status {
	case container.StateRunning:
		return runtimes.Running
	case container.StatePaused:
		return runtimes.Paused
	}
	if down || s.Status == container.StateCreated {
		return runtimes.Stopped
	}
	return runtimes.Exited
}

// monoOf is the mono instant of one of the engine's times, 0 if it has none.
func monoOf(text string) time.Duration {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() < 2000 {
		return 0
	}
	return mono.Now() - time.Since(t)
}

// DialContext implements [runtimes.Dialer], from the network that the container
// is in.
func (i *Instance) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return i.r.DialContext(ctx, network, address)
}

// nodeOf describes a container that was found.
func nodeOf(c container.InspectResponse) runtimes.Node {
	l := c.Config.Labels
	n := runtimes.Node{Name: l[LabelNode], Region: l[LabelRegion], Role: l[LabelRole], Ready: l[LabelReady], Labels: l, Addrs: addrsOf(c)}
	if n.Name == "" {
		n.Name = strings.TrimPrefix(c.Name, "/")
	}
	n.Restart = !c.HostConfig.RestartPolicy.IsNone()
	return n
}

// addrsOf are a container's addresses in all its networks, IPv4 first.
func addrsOf(c container.InspectResponse) []netip.Addr {
	var out []netip.Addr
	if c.NetworkSettings == nil {
		return nil
	}
	for _, e := range c.NetworkSettings.Networks {
		for _, a := range []netip.Addr{e.IPAddress, e.GlobalIPv6Address} {
			if a.IsValid() {
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}
