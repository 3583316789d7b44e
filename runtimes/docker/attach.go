package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// A Filter chooses containers that exist already; all that is set must fit.
type Filter struct {
	Labels  []string // "key" or "key=value"
	Project string   // of Compose
}

// A Found is a container that exists already, as it is now.
type Found struct {
	ID, Name, Image string
	ImageID         string // the engine's own
	State           string // running, paused, exited...
	ExitCode        int
	Health          string // by its own health check: starting, healthy, unhealthy; "" without one
	Restarts        bool   // its restart policy starts it again
	Labels          map[string]string
	Project         string // of Compose, with Service
	Service         string
	Addrs           []netip.Addr // in all its networks, IPv4 first
	Networks        []string     // names
	Ports           []Port       // published
	// HostNetwork says that it has no network of its own: no network fault fits.
	HostNetwork bool
}

// A Port is published by a container.
type Port struct {
	Proto     string // tcp or udp
	Container uint16
	Host      netip.AddrPort
}

// The labels by which Compose says what a container is.
const (
	composeProject = "com.docker.compose.project"
	composeService = "com.docker.compose.service"
)

// Find lists containers that are not drillctl's own, by name, running or not. It
// touches nothing; nothing found is [runtimes.ErrNoInstance].
func (e *Engine) Find(ctx context.Context, f Filter) ([]Found, error) {
	filters := client.Filters{}
	for _, l := range f.Labels {
		filters = filters.Add("label", l)
	}
	if f.Project != "" {
		filters = filters.Add("label", composeProject+"="+f.Project)
	}
	if len(filters) == 0 {
		return nil, errors.New("finding containers: neither a label nor a project is given")
	}
	list, err := e.cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return nil, fmt.Errorf("finding containers: %w", err)
	}
	var all []Found
	for _, c := range list.Items {
		if c.Labels[LabelRun] != "" {
			continue
		}
		found, err := e.look(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, found)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("finding containers: %w with %s", runtimes.ErrNoInstance, f)
	}
	slices.SortFunc(all, func(a, b Found) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (f Filter) String() string {
	parts := append([]string(nil), f.Labels...)
	if f.Project != "" {
		parts = append(parts, "Compose project "+f.Project)
	}
	return "label " + strings.Join(parts, ", ")
}

func (e *Engine) look(ctx context.Context, id string) (Found, error) {
	res, err := e.cli.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return Found{}, fmt.Errorf("looking at container %s: %w", short(id), err)
	}
	c := res.Container
	f := Found{
		ID: c.ID, Name: strings.TrimPrefix(c.Name, "/"), Image: c.Config.Image, ImageID: c.Image, State: string(c.State.Status), Labels: c.Config.Labels,
		Project: c.Config.Labels[composeProject], Service: c.Config.Labels[composeService], Addrs: addrsOf(c),
		HostNetwork: c.HostConfig.NetworkMode.IsHost(),
		ExitCode:    c.State.ExitCode, Restarts: !c.HostConfig.RestartPolicy.IsNone() && c.HostConfig.RestartPolicy.Name != "",
	}
	if h := c.State.Health; h != nil {
		f.Health = string(h.Status)
	}
	if c.NetworkSettings != nil {
		for name := range c.NetworkSettings.Networks {
			f.Networks = append(f.Networks, name)
		}
		slices.Sort(f.Networks)
		f.Ports = portsOf(c.NetworkSettings.Ports)
	}
	return f, nil
}

func portsOf(m network.PortMap) []Port {
	var all []Port
	for inside, outside := range m {
		for _, o := range outside {
			host, err := netip.ParseAddrPort(netip.AddrPortFrom(o.HostIP, 0).Addr().String() + ":" + o.HostPort)
			if o.HostIP.Is6() {
				host, err = netip.ParseAddrPort("[" + o.HostIP.String() + "]:" + o.HostPort)
			}
			if err == nil {
				all = append(all, Port{Proto: string(inside.Proto()), Container: inside.Num(), Host: host})
			}
		}
	}
	slices.SortFunc(all, func(a, b Port) int { return a.Host.Compare(b.Host) })
	return all
}

// A Member is an existing container and what it is in the drill. The node's
// addresses are looked up.
type Member struct {
	ID   string
	Node runtimes.Node
}

// Attach makes a runtime of containers that exist already. They are never made
// nor removed by it, and stay as they are when it is closed.
func Attach(ctx context.Context, o Options, members []Member) (*Runtime, error) {
	if o.Engine == nil || o.RunID == "" {
		return nil, errors.New("docker runtime: Engine and RunID must be set")
	}
	r, err := newRuntime(o)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if err := r.adopt(ctx, m); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	if err := r.watchEngine(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Open makes a runtime that only reopens instances, to take back what a dead run
// left: RunID is that run, LogDir where its notes are. Closing it removes
// nothing.
func Open(o Options) (*Runtime, error) {
	if o.Engine == nil || o.RunID == "" {
		return nil, errors.New("docker runtime: Engine and RunID must be set")
	}
	r, err := newRuntime(o)
	if err == nil {
		r.keep = true
	}
	return r, err
}

func (r *Runtime) adopt(ctx context.Context, m Member) error {
	res, err := r.e.cli.ContainerInspect(ctx, m.ID, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("looking at container %s: %w", m.Node.Name, err)
	}
	n := m.Node
	n.Addrs, n.Restart = addrsOf(res.Container), !res.Container.HostConfig.RestartPolicy.IsNone()
	in := &member{id: res.Container.ID, system: r.options.RunID, node: n, shown: stateOf(res.Container.State, true)}
	r.mu.Lock()
	r.members[in.id] = in
	r.mu.Unlock()
	if r.options.KeepLogs {
		return r.pumpLogs(in)
	}
	return nil
}

// Client starts a container of ours on networks of others, from which load can
// come and connections be tried. It ends with the runtime, and with drillctl.
func (r *Runtime) Client(ctx context.Context, networks ...string) (runtimes.Instance, error) {
	if len(networks) == 0 {
		return nil, errors.New("a client needs a network")
	}
	if r.hub != nil {
		return nil, errors.New("there is a client already")
	}
	if err := r.hubUpOn(ctx, container.NetworkMode(networks[0])); err != nil {
		return nil, err
	}
	for _, n := range networks[1:] {
		if _, err := r.e.cli.NetworkConnect(ctx, n, client.NetworkConnectOptions{Container: r.hub.h.id}); err != nil {
			return nil, fmt.Errorf("joining network %s: %w", n, err)
		}
	}
	res, err := r.e.cli.ContainerInspect(ctx, r.hub.h.id, client.ContainerInspectOptions{})
	if err != nil {
		return nil, fmt.Errorf("looking at the client: %w", err)
	}
	n := runtimes.Node{Name: "client-1", Region: "client", Role: "client", Addrs: addrsOf(res.Container)}
	m := &member{id: r.hub.h.id, system: r.options.RunID, node: n, shown: runtimes.Running, since: mono.Now()}
	r.mu.Lock()
	r.members[m.id] = m
	r.mu.Unlock()
	return &Instance{r: r, m: m}, nil
}
