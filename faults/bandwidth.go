package faults

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

var bandwidth = Kind{
	Name:    "bandwidth",
	Summary: "Limit how much the targets can send.",
	Doc: `A token bucket on the interface that holds the target's address lets through no
more than rate; what is above waits, then is dropped. It acts on what a target
sends, to everyone. Verified by pushing datagrams against it for less than half a
second and reading the bucket's byte counters back; a limit too wide to be reached
that way cannot be proved.`,
	Leased:   true,
	Excludes: []string{"latency"}, // netem would want the same place
	Fits:     needs[runtimes.InNet]("run an agent in the network of"),
	New:      func() Fault { return &Bandwidth{Rate: 1_000_000} },
}

// Bandwidth is a thin line.
type Bandwidth struct {
	Rate BitRate `json:"rate" yaml:"rate" doc:"bits per second, like 512kbit or 1mbit"`
}

// Arm implements Fault.
func (f *Bandwidth) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armAgents(ctx, withoutPeers(on), agent.Spec{Kind: agent.Bandwidth, Rate: uint64(f.Rate) / 8}, f)
}

// prove pushes three times the rate at a closed port, for less than half a
// second, and asks the bucket how many bytes passed.
func (f *Bandwidth) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	if !want {
		return h.up(ctx)
	}
	first, err := h.client.Look(ctx)
	if err != nil || !first.Active {
		return Evidence{Text: first.Text}, err
	}
	began := mono.Now()
	rate := uint64(f.Rate) / 8
	to := netip.AddrPortFrom(h.t.Probe[0].Addr(), discard)
	pushed, err := h.client.Probe(ctx, []netip.AddrPort{to}, agent.Ask{Push: 3 * rate})
	if err != nil {
		return Evidence{}, err
	}
	last, err := h.client.Look(ctx)
	took := mono.Now() - began
	passed := last.Bytes - first.Bytes
	limit := first.Burst + uint64(1.05*float64(rate)*took.Seconds())
	return Evidence{
		OK: passed <= limit && last.Hit > first.Hit && pushed[0].Up,
		Text: fmt.Sprintf("%s in %s, %d bytes passed (at most %d may), packets held back %d times",
			pushed[0].Said, ms(took), passed, limit, last.Hit-first.Hit),
	}, err
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
