package subject

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/host"
	"github.com/drillctl/drillctl/scenarios"
)

// attached is a system of containers that run already. None of them is made or
// removed; what is not selected by a step is not touched at all.
type attached struct {
	reached
	filter  docker.Filter
	members scenarios.Members
	env     terminal.Env
	inside  []string // paths in the containers that are configuration
}

// Where implements subject.
func (a attached) Where() Where {
	what := "containers of " + a.members.Entry
	if p := a.filter.Project; p != "" {
		what = "Compose project " + p
	}
	return Where{Runtime: docker.Name, System: what}
}

// Nodes implements subject: the containers as they are now.
func (a attached) Nodes(ctx context.Context) ([]runtimes.Node, error) {
	e, err := docker.Connect(ctx, engineWhere(a.env, false))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	members, _, err := a.find(ctx, e)
	if err = errors.Join(err, e.Close()); err != nil {
		return nil, err
	}
	var nodes []runtimes.Node
	for _, m := range members {
		nodes = append(nodes, m.Node)
	}
	return nodes, nil
}

// find gives the containers, and the networks that they are in.
func (a attached) find(ctx context.Context, e *docker.Engine) ([]docker.Member, []string, error) {
	found, err := e.Find(ctx, a.filter)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	var members []docker.Member
	var networks []string
	for _, f := range found {
		members = append(members, docker.Member{ID: f.ID, Node: nodeOf(a.members, f)})
		if !f.HostNetwork {
			networks = append(networks, f.Networks...)
		}
	}
	slices.Sort(networks)
	return members, slices.Compact(networks), nil
}

// nodeOf says what a container is in the drill, by its labels, its Compose
// service and what the scenario says of that.
func nodeOf(c scenarios.Members, f docker.Found) runtimes.Node {
	n := runtimes.Node{Name: f.Name, Region: f.Labels[c.RegionLabel], Role: f.Labels[c.RoleLabel], Labels: f.Labels, Addrs: f.Addrs}
	for _, s := range c.Services {
		if s.Name == f.Service {
			n.Region, n.Role = cmp.Or(n.Region, s.Region), cmp.Or(n.Role, s.Role)
		}
	}
	n.Role = cmp.Or(n.Role, f.Service)
	if n.Role == gateway.RoleClient {
		n.Role = f.Service // that word is drillctl's: clients are never hit
	}
	return n
}

// Raise implements subject.
func (a attached) Raise(ctx context.Context, p Place) (*Raised, error) {
	f, secrets, err := a.foreign(p.ID)
	if err != nil {
		return nil, err
	}
	e, err := docker.Connect(ctx, engineWhere(p.Env, p.Remote))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	r, err := a.attach(ctx, e, p.dockerOptions(e), p.Env.Exe)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: attach to the containers: %w", runner.ErrCannotRun, err), e.Close())
	}
	rt := r.Runtime
	r.foreign, r.Secrets = f, secrets
	r.End = func() error { return errors.Join(rt.Close(), e.Close()) }
	return r, nil
}

func (a attached) attach(ctx context.Context, e *docker.Engine, o docker.Options, exe string) (*Raised, error) {
	members, networks, err := a.find(ctx, e)
	if err != nil {
		return nil, err
	}
	entry, err := a.entry()
	if err != nil {
		return nil, err
	}
	rt, err := docker.Attach(ctx, o, members)
	if err != nil {
		return nil, err
	}
	r := &Raised{Runtime: rt, Entry: entry, Text: fmt.Sprintf("attached to %d containers", len(members))}
	for _, m := range members {
		r.Nodes = append(r.Nodes, m.Node)
	}
	if a.members.LoadFrom == "host" {
		r.Client = host.New(exe).Instance()
		return r, nil
	}
	in, err := rt.Client(ctx, networks...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start a client in their networks: %w", err), rt.Close())
	}
	client, ok := in.(runtimes.InNet)
	if !ok {
		return nil, errors.Join(fmt.Errorf("client: %w: running a process in its network", runtimes.ErrUnsupported), rt.Close())
	}
	r.Client = client
	return r, nil
}

// entry is how clients get in, and what is read afterwards.
func (r reached) entry() (gateway.Entry, error) {
	entry := gateway.Entry{URL: r.url.Entry, Stores: map[string]string{}}
	for _, s := range r.url.DNS {
		at, err := netip.ParseAddrPort(s)
		if err != nil {
			return entry, exit.UsageError{Err: err}
		}
		entry.DNS = append(entry.DNS, at)
	}
	for _, region := range r.url.Regions {
		if region.Entry != "" {
			entry.Stores[region.Name] = region.Entry
		}
	}
	return entry, nil
}
