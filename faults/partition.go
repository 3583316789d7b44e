package faults

import (
	"context"
	"fmt"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

var partition = Kind{
	Name:    "partition",
	Summary: "Cut the targets off from the instances of `from`; everybody else reaches both.",
	Doc: `Packets between the two sides vanish, without a reset, in both directions or in
one: "in" drops what the targets receive from the other side, "out" what they
send. Made like a blackhole, but only for the addresses of the other side, and with
ports only for what goes to and comes from these ports there: a firewall that lets
everything through but replication. Verified by connections to the other side that
get no answer while those to others, or to its other ports, do.`,
	Leased: true,
	Peers:  true,
	Fits:   needs[runtimes.InNet]("run an agent in the network of"),
	New:    func() Fault { return &Partition{Direction: agent.Both} },
}

// Partition is a cut between two sides.
type Partition struct {
	Direction string `json:"direction" yaml:"direction" doc:"which packets vanish, as the targets see them" enum:"both,in,out"`
	Ports     []int  `json:"ports,omitempty" yaml:"ports" doc:"only TCP and UDP traffic with these ports of the other side; all traffic without"`
}

// Arm implements Fault.
func (f *Partition) Arm(ctx context.Context, on []Target) (Armed, error) {
	for _, t := range on {
		if len(t.Peers) == 0 {
			return nil, fmt.Errorf("%s: a partition needs another side: from", t.Instance.Node().Name)
		}
	}
	spec := agent.Spec{Kind: agent.Drop, Direction: f.Direction, PeerPorts: f.Ports}
	if len(f.Ports) > 0 {
		return armAgents(ctx, on, spec, shut{f.Ports})
	}
	return armAgents(ctx, on, spec, silence{})
}

// Undo implements Fault.
func (f *Partition) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

// Check implements Checker.
func (f *Partition) Check() map[string]string {
	if p := checkPorts(f.Ports); p != nil {
		return p
	}
	return checkDirection(f.Direction)
}

func checkDirection(d string) map[string]string {
	if d != agent.Both && d != agent.In && d != agent.Out {
		return map[string]string{"direction": "must be both, in or out"}
	}
	return nil
}
