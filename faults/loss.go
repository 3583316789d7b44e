package faults

import (
	"context"
	"fmt"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

var loss = Kind{
	Name:    "loss",
	Summary: "Lose a random share of the targets' packets.",
	Doc: `Each packet to or from a target vanishes with the given probability, independently
of the others; TCP repairs it with retransmissions, so what users see is lateness.
With ` + "`from`" + `, only packets of those instances. Verified by the rules' counters: the
share of packets that vanished among those that were seen.`,
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
	return armAgents(ctx, on, agent.Spec{Kind: agent.Loss, Share: float64(f.Share), Direction: f.Direction}, f.path)
}

// path only asks that the path is up when the loss is gone: how many of a
// handful of probes a random loss takes is chance. That it takes packets at all
// is in the counters of the read-back.
func (f *Loss) path(h held, probes []agent.Probe, want bool) Evidence {
	up := 0
	for _, p := range probes {
		if p.Up {
			up++
		}
	}
	return Evidence{OK: want || up == len(probes), Text: fmt.Sprintf("%d of %d connects answered", up, len(probes))}
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
