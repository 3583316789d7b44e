package faults

import (
	"context"
	"fmt"
	"strings"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

var reset = Kind{
	Name:    "reset",
	Summary: "Answer every TCP packet of the targets with a reset.",
	Doc: `New connections are refused and established ones are reset, so clients get an
error at once: what a dead host behind a router, or a firewall that rejects, looks
like. With ` + "`from`" + `, only for packets of those instances; with ports, only for those
of the target. Verified by connections that are refused.`,
	Leased: true,
	Peers:  true,
	Fits:   needs[runtimes.InNet]("run an agent in the network of"),
	New:    func() Fault { return &Reset{Direction: agent.Both} },
}

// Reset is refusal.
type Reset struct {
	Direction string `json:"direction" yaml:"direction" doc:"which packets are answered, as the targets see them" enum:"both,in,out"`
	Ports     []int  `json:"ports,omitempty" yaml:"ports" doc:"ports of the targets; all without"`
}

// Arm implements Fault.
func (f *Reset) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armAgents(ctx, on, agent.Spec{Kind: agent.Reset, Direction: f.Direction, Ports: f.Ports}, f.refusal)
}

// refusal proves a reset: a connection to what it concerns is refused. The probe
// goes out from the target, so it meets rules for all ports and packets out (or
// the answer, coming in).
func (f *Reset) refusal(h held, probes []agent.Probe, want bool) Evidence {
	var said []string
	ok, met := true, 0
	for _, p := range probes {
		hit := len(f.Ports) == 0 && (len(h.t.Peers) == 0 || contains(h.t.Peers, p.To.Addr()))
		if hit {
			met++
		}
		refused := p.Said == "refused"
		if p.To.Port() != closedPort && refused != (want && hit) {
			ok = false
		}
		said = append(said, fmt.Sprintf("%s %s", p.To, p.Said))
	}
	if met == 0 && len(f.Ports) == 0 {
		ok = false
		said = append(said, "no probe is on the other side")
	}
	return Evidence{OK: ok, Text: "connects: " + strings.Join(said, ", ")}
}

// closedPort is where nobody listens: refused with and without damage.
const closedPort = 9

// Undo implements Fault.
func (f *Reset) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

// Check implements Checker.
func (f *Reset) Check() map[string]string {
	if p := checkPorts(f.Ports); p != nil {
		return p
	}
	return checkDirection(f.Direction)
}

func checkPorts(ports []int) map[string]string {
	for _, p := range ports {
		if p < 1 || p > 65535 {
			return map[string]string{"ports": fmt.Sprintf("%d is not a port", p)}
		}
	}
	return nil
}
