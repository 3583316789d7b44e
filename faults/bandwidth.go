package faults

import (
	"context"
	"fmt"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

var bandwidth = Kind{
	Name:    "bandwidth",
	Summary: "Limit how much the targets can send.",
	Doc: `A token bucket on the interface that holds the target's address lets through no
more than rate; what is above waits, then is dropped. It acts on what a target
sends, to everyone. Verified by reading the bucket and its byte counters back.`,
	Leased:   true,
	Excludes: []string{"latency"},
	Fits:     needs[runtimes.InNet]("run an agent in the network of"),
	New:      func() Fault { return &Bandwidth{Rate: 1_000_000} },
}

// Bandwidth is a thin line.
type Bandwidth struct {
	Rate BitRate `json:"rate" yaml:"rate" doc:"bits per second, like 512kbit or 1mbit"`
}

// Arm implements Fault.
func (f *Bandwidth) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armAgents(ctx, withoutPeers(on), agent.Spec{Kind: agent.Bandwidth, Rate: uint64(f.Rate) / 8}, f.path)
}

// path asks that the path is up: a thin line is no cut one.
func (f *Bandwidth) path(h held, probes []agent.Probe, want bool) Evidence {
	up := 0
	for _, p := range probes {
		if p.Up {
			up++
		}
	}
	return Evidence{OK: up > 0, Text: fmt.Sprintf("%d of %d connects answered", up, len(probes))}
}

// Undo implements Fault.
func (f *Bandwidth) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

// Check implements Checker.
func (f *Bandwidth) Check() map[string]string {
	if f.Rate < 8_000 || f.Rate > 100_000_000_000 {
		return map[string]string{"rate": "must be between 8kbit and 100gbit"}
	}
	return nil
}
