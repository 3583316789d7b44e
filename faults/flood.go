package faults

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/flood"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

var flooded = Kind{
	Name:    "flood",
	Summary: "Send the targets extra traffic: requests, or connections of slow clients.",
	Doc: `An agent in the network of every instance of from (without it: of the load's client)
sends plain HTTP/1 to the targets' ports, to all addresses of theirs that accept a
connection when it is armed, in turn, and to nobody else. rate and connections are
those of all senders together.
"requests" are GETs of path at a constant rate; an answer is waited for for 2 s, and
what could not be sent in time is left out, never caught up. "slow-clients" keep so many
connections open, and make those anew that the other side ends, at most rate per
second. With manner trickle the header of a request comes one byte every 250 ms and
never ends; with deaf the request is whole, and nobody reads the answer.
At most 1000/s and 5000 connections; of requests at least 5/s from each sender, or
nothing could be proved.
headers are sent as they are written, and stand in the record: no secrets. Verified by
what the agents count, requests that are answered and connections that are
established, both of which must grow; it is gone when nothing is open or on its way
any more. It ends with the agents' processes.`,
	Leased: true,
	Peers:  true,
	Sent:   true,
	Fits:   hasAddress,
	New: func() Fault {
		return &Flood{Kind: flood.Requests, Rate: 100, Manner: flood.Trickle, Path: "/"}
	},
}

// Flood is more traffic than the targets are meant to have.
type Flood struct {
	Kind        string    `json:"kind" yaml:"kind" doc:"what is sent" enum:"requests,slow-clients"`
	Rate        PerSecond `json:"rate" yaml:"rate" doc:"requests, or new connections of slow clients"`
	Connections int       `json:"connections,omitempty" yaml:"connections" doc:"of slow clients: how many are held open" min:"0" max:"5000"`
	Manner      string    `json:"manner" yaml:"manner" doc:"of slow clients: what makes them slow" enum:"trickle,deaf"`
	Path        string    `json:"path" yaml:"path" doc:"what is asked for"`
	Headers     []string  `json:"headers,omitempty" yaml:"headers" doc:"headers of every request, like [\"X-API-Key: 123\"]"`
	Ports       []int     `json:"ports,omitempty" yaml:"ports" doc:"ports of the targets; without, those at which they answer when they are ready"`
}

// minProof is the least rate of one sender that can be proved.
const minProof = 5

// Arm implements Fault.
func (f *Flood) Arm(ctx context.Context, on []Target) (Armed, error) {
	to, err := f.doors(on)
	if err != nil {
		return nil, err
	}
	senders := sendersTo(on)
	switch {
	case len(senders) == 0:
		return nil, errors.New("there is nobody to send it: there is no client, name instances with from")
	case f.Kind == flood.Requests && float64(f.Rate)/float64(len(senders)) < minProof:
		return nil, fmt.Errorf("%d senders share %v requests a second; each needs %d to be proved", len(senders), float64(f.Rate), minProof)
	case f.Kind == flood.SlowClients && f.Connections < len(senders):
		return nil, fmt.Errorf("%d senders share %d connections", len(senders), f.Connections)
	}
	specs := make([]agent.Spec, len(senders))
	for i := range senders {
		specs[i] = agent.Spec{Kind: agent.Flood, Traffic: f.share(to, i, len(senders))}
	}
	armed, err := armEach(ctx, senders, specs, extra{})
	if err != nil {
		return nil, err
	}
	return &sent{Armed: armed, to: on}, nil
}

// share is what the i-th of n senders sends. Some hold one connection more than others,
// so that all of them are held; each begins where the one before has stopped.
func (f *Flood) share(to []netip.AddrPort, i, n int) *flood.Traffic {
	before := f.Connections * i / n
	first := i % len(to)
	if f.Kind == flood.SlowClients {
		first = before % len(to)
	}
	return &flood.Traffic{
		Kind: f.Kind, To: slices.Concat(to[first:], to[:first]), Rate: float64(f.Rate) / float64(n),
		Connections: f.Connections*(i+1)/n - before, Manner: f.Manner, Path: f.Path, Headers: f.Headers,
	}
}

// doors are where the targets answer, and nowhere else.
func (f *Flood) doors(on []Target) ([]netip.AddrPort, error) {
	ports := f.Ports
	if len(ports) == 0 {
		ports = doorPorts(on)
	}
	if len(ports) == 0 {
		return nil, errors.New("nothing says on which ports the targets answer; name them: ports: [8080]")
	}
	var out []netip.AddrPort
	for _, t := range on {
		for _, a := range t.Instance.Node().Addrs {
			for _, p := range ports {
				out = append(out, netip.AddrPortFrom(a, uint16(p)))
			}
		}
	}
	return out, nil
}

// sendersTo are the instances from which the targets get it, as targets of agents.
func sendersTo(on []Target) []Target {
	var out []Target
	var names []string
	for _, t := range on {
		for _, in := range t.Senders {
			if name := in.Node().Name; !slices.Contains(names, name) {
				names = append(names, name)
				out = append(out, Target{Instance: in})
			}
		}
	}
	return out
}

// Undo implements Fault: what an agent sends ends with it.
func (f *Flood) Undo(context.Context, runtimes.Instance) error { return nil }

// Check implements Checker.
func (f *Flood) Check() map[string]string {
	slow := f.Kind == flood.SlowClients
	switch {
	case !slow && f.Kind != flood.Requests:
		return map[string]string{"kind": "must be requests or slow-clients"}
	case !(f.Rate > 0 && f.Rate <= flood.MaxRate):
		return map[string]string{"rate": fmt.Sprintf("must be above 0/s and at most %d/s", flood.MaxRate)}
	case !slow && f.Rate < minProof:
		return map[string]string{"rate": fmt.Sprintf("of requests must be at least %d/s", minProof)}
	case slow && (f.Connections < 1 || f.Connections > flood.MaxConnections):
		return map[string]string{"connections": fmt.Sprintf("must be 1 to %d", flood.MaxConnections)}
	case !slow && f.Connections != 0:
		return map[string]string{"connections": "is for slow-clients"}
	case f.Manner != flood.Trickle && f.Manner != flood.Deaf:
		return map[string]string{"manner": "must be trickle or deaf"}
	case !flood.GoodPath(f.Path):
		return map[string]string{"path": fmt.Sprintf("%q is not a path like /orders/1", f.Path)}
	}
	for _, h := range f.Headers {
		if _, _, err := flood.Header(h); err != nil {
			return map[string]string{"headers": err.Error()}
		}
	}
	return checkPorts(f.Ports)
}

// hasAddress asks for somewhere to send it.
func hasAddress(in runtimes.Instance) error {
	if in == nil || len(in.Node().Addrs) == 0 {
		return fmt.Errorf("%w: it has no address", runtimes.ErrUnsupported)
	}
	return nil
}

// sent is traffic whose agents are with the senders: the instants are those of who
// gets it.
type sent struct {
	Armed
	to []Target
}

// Fire implements Armed.
func (s *sent) Fire(ctx context.Context) (map[string]time.Duration, error) {
	at, err := s.Armed.Fire(ctx)
	return s.got(at), err
}

// Revert implements Armed.
func (s *sent) Revert(ctx context.Context) (map[string]time.Duration, error) {
	at, err := s.Armed.Revert(ctx)
	return s.got(at), err
}

// Early implements Ender, by sender.
func (s *sent) Early() map[string]string {
	if e, ok := s.Armed.(Ender); ok {
		return e.Early()
	}
	return nil
}

// got is when the last sender began, or ended, by target.
func (s *sent) got(at map[string]time.Duration) map[string]time.Duration {
	out := map[string]time.Duration{}
	for _, last := range at {
		for _, t := range s.to {
			name := t.Instance.Node().Name
			out[name] = max(out[name], last)
		}
	}
	return out
}

// extra proves traffic by what its agent counts.
type extra struct{}

// findsItsOwn implements finder.
func (extra) findsItsOwn() {}

// apart is the time between two looks at the counts of a sender.
const apart = 500 * time.Millisecond

func (extra) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	before, err := h.client.Look(ctx)
	if err != nil {
		return Evidence{}, err
	}
	if err := mono.Sleep(ctx, apart); err != nil {
		return Evidence{}, err
	}
	after, err := h.client.Look(ctx)
	if err != nil {
		return Evidence{}, err
	}
	more := after.Hit - min(before.Hit, after.Hit)
	e := Evidence{OK: more == 0 && after.Open == 0, Text: fmt.Sprintf("%d more had an effect within %v, %d are open or on their way", more, apart, after.Open)}
	if want {
		// Connections that all stand need not be made anew.
		e.OK = after.Active && (more > 0 || after.Hit > 0 && after.Open > 0)
	}
	return e, nil
}
