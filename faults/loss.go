package faults

import (
	"context"
	"fmt"
	"math"
	"net/netip"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

var loss = Kind{
	Name:    "loss",
	Summary: "Lose a random share of the targets' packets.",
	Doc: `Each packet to or from a target vanishes with the given probability, independently
of the others; TCP repairs it with retransmissions, so what users see is lateness.
With ` + "`from`" + `, only packets of those instances. Verified by the rules' counters and
by many connects, of which as many must lose a packet as chance says.`,
	Leased: true,
	Peers:  true,
	Fits:   needs[runtimes.InNet]("run an agent in the network of"),
	New:    func() Fault { return &Loss{Share: 0.05, Direction: agent.Both} },
}

// Loss is a bad line.
type Loss struct {
	Share     Percent `json:"share" yaml:"share" doc:"of the packets that vanish"`
	Direction string  `json:"direction" yaml:"direction" doc:"which packets, as the targets see them" enum:"both,in,out"`
}

// Arm implements Fault.
func (f *Loss) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armAgents(ctx, on, agent.Spec{Kind: agent.Loss, Share: float64(f.Share), Direction: f.Direction}, f)
}

// discard is a port where nobody listens: the kernel refuses at once, and no
// service has to bear the probes.
const discard = 9

// prove has so many connects tried that about eight are lost, and asks whether
// as many are as chance allows: within four standard deviations.
func (f *Loss) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	if !want {
		return h.up(ctx)
	}
	to := h.concerned()
	if len(to) == 0 {
		return Evidence{Text: "no probe is on the other side"}, nil
	}
	q := f.perConnect()
	n := int(min(max(8/q, 40), 400))
	all := make([]netip.AddrPort, n)
	for i := range all {
		all[i] = netip.AddrPortFrom(to[i%len(to)].Addr(), discard)
	}
	probes, err := h.client.Probe(ctx, all, agent.Ask{})
	if err != nil {
		return Evidence{}, err
	}
	lost := 0
	for _, p := range probes {
		if !p.Up {
			lost++
		}
	}
	mean := float64(n) * q
	off := math.Abs(float64(lost) - mean)
	e := Evidence{OK: lost > 0 && off <= 4*math.Sqrt(mean*(1-q))+1}
	e.Text = fmt.Sprintf("%d of %d connects lost a packet, %.1f%% (expected %.1f%%)", lost, n, 100*float64(lost)/float64(n), 100*q)
	if !e.OK {
		return h.excused(ctx, e)
	}
	return e, nil
}

// perConnect is the chance that a connect loses its first packet or the answer.
func (f *Loss) perConnect() float64 {
	p := float64(f.Share)
	if f.Direction == agent.Both {
		return 1 - (1-p)*(1-p)
	}
	return p
}

// Undo implements Fault.
func (f *Loss) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

// Check implements Checker.
func (f *Loss) Check() map[string]string {
	if !(f.Share > 0 && f.Share <= 1) {
		return map[string]string{"share": "must be above 0% and at most 100%"}
	}
	return checkDirection(f.Direction)
}
