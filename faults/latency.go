package faults

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

var latency = Kind{
	Name:    "latency",
	Summary: "Delay what the targets send, with jitter.",
	Doc: `Every answer of a target, and every request it makes, is late by delay ± jitter.
Two ways: netem on every packet, where the kernel has sch_netem; else a redirect
of TCP connections to a relay in the agent that holds back each byte, in order,
without limiting throughput. The relay delays TCP payload only, not handshakes,
and connections of before are broken when it begins and when it ends. 'drillctl
doctor' and the evidence say which way it took. Verified by the time to the first
byte of an answer.`,
	Leased:   true,
	Peers:    true,
	Excludes: []string{"bandwidth"},
	Fits:     needs[runtimes.InNet]("run an agent in the network of"),
	New:      func() Fault { return &Latency{Delay: 100 * time.Millisecond, Direction: agent.Both} },
}

// Latency is lateness.
type Latency struct {
	Delay     time.Duration `json:"delay_ns" yaml:"delay" doc:"how late"`
	Jitter    time.Duration `json:"jitter_ns" yaml:"jitter" doc:"up to this much more or less, evenly"`
	Direction string        `json:"direction" yaml:"direction" doc:"connections to the targets (in), from them (out), or both" enum:"both,in,out"`
	Ports     []int         `json:"ports,omitempty" yaml:"ports" doc:"ports of the targets for connections to them; all without"`
}

// Arm implements Fault.
func (f *Latency) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armAgents(ctx, on, agent.Spec{Kind: agent.Latency, Delay: f.Delay, Jitter: f.Jitter, Direction: f.Direction, Ports: f.Ports}, f.late)
}

// late proves a delay by answers that come later than it. Connections inwards
// only cannot be tried from inside: the read-back counts them.
func (f *Latency) late(h held, probes []agent.Probe, want bool) Evidence {
	var said []string
	ok, met := true, 0
	for _, p := range probes {
		if p.First == 0 {
			continue
		}
		hit := f.Direction != agent.In && (len(h.t.Peers) == 0 || contains(h.t.Peers, p.To.Addr()))
		if hit {
			met++
		}
		late := p.First >= f.Delay-f.Jitter
		if want && late != hit || !want && p.First >= max(f.Delay-f.Jitter, 50*time.Millisecond) {
			ok = false
		}
		said = append(said, fmt.Sprintf("%s answered after %s", p.To, p.First.Round(time.Millisecond)))
	}
	if met == 0 && f.Direction != agent.In {
		ok = false
		said = append(said, "nobody answers who is concerned")
	}
	return Evidence{OK: ok, Text: strings.Join(said, ", ")}
}

// Undo implements Fault.
func (f *Latency) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

// Check implements Checker.
func (f *Latency) Check() map[string]string {
	switch {
	case f.Delay <= 0 || f.Delay > time.Minute:
		return map[string]string{"delay": "must be above 0s and at most 1m"}
	case f.Jitter < 0 || f.Jitter > f.Delay:
		return map[string]string{"jitter": "must be between 0s and delay"}
	}
	if p := checkPorts(f.Ports); p != nil {
		return p
	}
	return checkDirection(f.Direction)
}
