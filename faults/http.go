package faults

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

// httpWay is what both faults of requests do alike.
const httpWay = `Connections to the targets' ports are led to the agent, IPv4 and IPv6, from outside
and from the target itself. The agent speaks plain HTTP/1: ports with TLS or another
protocol must not be among them. All other requests it passes on as they came, but
services see the target itself as the client. A path is met as it is written, or with a * at
its end all that begin so; the query is of no concern. Connections that were open
before are reset when it begins; when it ends they are closed between two requests.
Verified by requests that the agent makes to the target like others, and past itself:
the first must show the damage and the second must not.`

var httpFail = Kind{
	Name:     "http-fail",
	Summary:  "Answer some of the requests to the targets with an error.",
	Doc:      "Requests for paths get status; the service never sees them. A health endpoint that lies,\nor one route of many that is broken.\n" + httpWay,
	Leased:   true,
	Excludes: []string{"http-slow", "latency"},
	Fits:     needs[runtimes.InNet]("run an agent in the network of"),
	New:      func() Fault { return &HTTPFail{Status: 503} },
}

var httpSlow = Kind{
	Name:     "http-slow",
	Summary:  "Answer some of the requests to the targets late.",
	Doc:      "Requests for paths are held back by delay ± jitter before they are passed on; the answer\nis the right one. One slow route of many.\n" + httpWay,
	Leased:   true,
	Excludes: []string{"http-fail", "latency"},
	Fits:     needs[runtimes.InNet]("run an agent in the network of"),
	New:      func() Fault { return &HTTPSlow{Delay: time.Second} },
}

// HTTPFail is requests that are answered with an error.
type HTTPFail struct {
	Paths  []string `json:"paths" yaml:"paths" required:"true" doc:"which requests, like [/readyz] or [/orders/*]"`
	Status int      `json:"status" yaml:"status" doc:"the answer's status" min:"400" max:"599"`
	Ports  []int    `json:"ports,omitempty" yaml:"ports" doc:"ports of the targets; without, those at which they answer when they are ready"`
}

// HTTPSlow is requests that are answered late.
type HTTPSlow struct {
	Paths  []string      `json:"paths" yaml:"paths" required:"true" doc:"which requests, like [/orders] or [/orders/*]"`
	Delay  time.Duration `json:"delay_ns" yaml:"delay" doc:"how late"`
	Jitter time.Duration `json:"jitter_ns" yaml:"jitter" doc:"up to this much more or less, evenly"`
	Ports  []int         `json:"ports,omitempty" yaml:"ports" doc:"ports of the targets; without, those at which they answer when they are ready"`
}

// Arm implements Fault.
func (f *HTTPFail) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armRequests(ctx, on, agent.Spec{Kind: agent.HTTP, Paths: f.Paths, Status: f.Status, Ports: f.Ports})
}

// Arm implements Fault.
func (f *HTTPSlow) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armRequests(ctx, on, agent.Spec{Kind: agent.HTTP, Paths: f.Paths, Delay: f.Delay, Jitter: f.Jitter, Ports: f.Ports})
}

func armRequests(ctx context.Context, on []Target, s agent.Spec) (Armed, error) {
	if len(s.Ports) == 0 {
		s.Ports = doorPorts(on)
	}
	if len(s.Ports) == 0 {
		return nil, errors.New("nothing says on which ports the targets answer; name them: ports: [8080]")
	}
	return armAgents(ctx, withoutPeers(on), s, requests{paths: s.Paths, ports: s.Ports, status: s.Status, delay: s.Delay})
}

// doorPorts are the ports at which targets answer when they are ready.
func doorPorts(on []Target) []int {
	var out []int
	for _, t := range on {
		if door, has := doorOf(t.Instance.Node()); has && !slices.Contains(out, int(door.Port())) {
			out = append(out, int(door.Port()))
		}
	}
	return out
}

// Undo implements Fault.
func (f *HTTPFail) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

// Undo implements Fault.
func (f *HTTPSlow) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

// Check implements Checker.
func (f *HTTPFail) Check() map[string]string {
	if f.Status < 400 || f.Status > 599 {
		return map[string]string{"status": "must be between 400 and 599"}
	}
	return checkRequests(f.Paths, f.Ports)
}

// Check implements Checker.
func (f *HTTPSlow) Check() map[string]string {
	switch {
	case f.Delay < 50*time.Millisecond || f.Delay > time.Minute:
		return map[string]string{"delay": "must be between 50ms and 1m"}
	case f.Jitter < 0 || f.Jitter > f.Delay:
		return map[string]string{"jitter": "must be between 0s and delay"}
	}
	return checkRequests(f.Paths, f.Ports)
}

// Patience implements Patient: a late answer must be waited for.
func (f *HTTPSlow) Patience() time.Duration { return 2*(f.Delay+f.Jitter) + 5*time.Second }

func checkRequests(paths []string, ports []int) map[string]string {
	for _, p := range paths {
		if !strings.HasPrefix(p, "/") || strings.ContainsAny(p, " ?#") || strings.Contains(strings.TrimSuffix(p, "*"), "*") || len(p) > 1000 {
			return map[string]string{"paths": fmt.Sprintf("%q is not a path like /readyz or /orders/*", p)}
		}
	}
	return checkPorts(ports)
}

// requests proves damage to some requests: they must be answered wrongly, or late,
// by whoever asks the target, and rightly past the agent.
type requests struct {
	paths  []string
	ports  []int
	status int
	delay  time.Duration
}

// findsItsOwn implements finder.
func (requests) findsItsOwn() {}

func (q requests) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	e := Evidence{OK: true}
	var said []string
	for _, pattern := range q.paths {
		path := strings.ReplaceAll(pattern, "*", "0")
		past, err := h.client.Probe(ctx, q.doors(h), agent.Ask{Path: path})
		if err != nil {
			return e, err
		}
		like, err := h.client.Probe(ctx, q.doors(h), agent.Ask{Path: path, Detour: true, Wait: 2 * q.delay})
		if err != nil {
			return e, err
		}
		for i, p := range past {
			if !p.Up && !like[i].Up {
				continue // nobody is there
			}
			said = append(said, fmt.Sprintf("GET %s%s: %s after %s, past the agent %s after %s", p.To, path, like[i].Said, ms(like[i].Took), p.Said, ms(p.Took)))
			e.OK = e.OK && q.right(like[i], p, want)
		}
	}
	slices.Sort(said)
	e.Text = strings.Join(said, "; ")
	if len(said) == 0 {
		e.OK, e.Text = false, fmt.Sprintf("nobody answers at %v", q.doors(h))
	}
	if !e.OK {
		return h.excused(ctx, e)
	}
	return e, nil
}

// right says whether a request is answered as it should be, against one past the
// agent. Where both are alike, nothing could be told from them.
func (q requests) right(like, past agent.Probe, want bool) bool {
	if !like.Up || !past.Up {
		return false
	}
	if q.status != 0 {
		return (like.Code == q.status) == want && past.Code != q.status
	}
	return (like.First-past.First >= q.delay*6/10) == want
}

// doors are all places at which a target may answer.
func (q requests) doors(h *held) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range h.t.Instance.Node().Addrs {
		for _, p := range q.ports {
			out = append(out, netip.AddrPortFrom(a, uint16(p)))
		}
	}
	return out
}
