package faults

import (
	"context"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

var blackhole = Kind{
	Name:    "blackhole",
	Summary: "Drop every packet to and from the targets, without a reset.",
	Doc: `All packets vanish in both directions, IPv4 and IPv6, also those of established
connections; only what a target says to itself is spared. Nobody gets an error:
only a timeout can tell. Made by a packet filter inside each target's network
namespace, held by an agent whose lease ends with drillctl. (A program on the
target that sends datagrams gets EPERM instead of silence: Linux tells the sender
of a packet that its own filter drops.) Address resolution is spared, so that the
end is not followed by a second of looking for neighbours. Verified by reading
the rules and their counters back, and by connections that get no answer.`,
	Leased: true,
	Fits:   needs[runtimes.InNet]("run an agent in the network of"),
	New:    func() Fault { return &Blackhole{} },
}

// Blackhole is silence.
type Blackhole struct {
	Reset bool `json:"reset,omitempty" yaml:"reset" doc:"reset open connections first, as when a host vanishes behind a load balancer that notices"`
}

// Arm implements Fault.
func (f *Blackhole) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armAgents(ctx, withoutPeers(on), agent.Spec{Kind: agent.Drop, Direction: agent.Both, Reset: f.Reset}, silence{})
}

// Undo implements Fault.
func (f *Blackhole) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

func withoutPeers(on []Target) []Target {
	out := append([]Target(nil), on...)
	for i := range out {
		out[i].Peers = nil
	}
	return out
}
