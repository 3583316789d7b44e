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
	return armAgents(ctx, on, agent.Spec{Kind: agent.Reset, Direction: f.Direction, Ports: f.Ports}, f)
}

// prove asks whether connects that were accepted before are refused. The probes
// go out from the target: of damage to its own ports only the counters tell.
func (f *Reset) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	if len(f.Ports) > 0 {
		return f.counted(ctx, h, want)
	}
	probes, err := h.client.Probe(ctx, h.t.Probe, agent.Ask{})
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{OK: true}
	var said []string
	met := 0
	for _, p := range probes {
		if !want && p.Said == "accepted" {
			h.before[p.To] = p.Took
		}
		_, accepted := h.before[p.To]
		hit := h.concerns(p.To)
		switch {
		case accepted && hit:
			met++
			e.OK = e.OK && (p.Said == "accepted") != want
		case accepted || !want:
			e.OK = e.OK && p.Up
		}
		said = append(said, fmt.Sprintf("%s %s", p.To, p.Said))
	}
	e.Text = "connects: " + strings.Join(said, ", ")
	if met == 0 {
		e.OK = false
		e.Text += "; none that it concerns was ever accepted, so a refusal would prove nothing"
	}
	if !e.OK {
		return h.excused(ctx, e)
	}
	return e, nil
}

// counted proves damage to the target's own ports by what it did to real traffic.
func (f *Reset) counted(ctx context.Context, h *held, want bool) (Evidence, error) {
	if !want {
		return h.up(ctx)
	}
	l, err := h.client.Look(ctx)
	return Evidence{OK: l.Hit > 0, Text: fmt.Sprintf("%d packets of clients answered with a reset", l.Hit)}, err
}

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
