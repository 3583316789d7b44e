package faults

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

var latency = Kind{
	Name:    "latency",
	Summary: "Delay what the targets send, with jitter.",
	Doc: `Every answer of a target, and every request it makes, is late by delay ± jitter.
Two ways: netem on every packet it sends, where the kernel has sch_netem and the
delay is for everyone; else a redirect of TCP connections to a relay in the agent
that holds back what the target sends, in order, without limiting throughput.
With either a new connection is late twice, once for the handshake. The relay
knows TCP only; the far side sees connections accepted at once, services on the
target see the target itself as the client, and connections of before are reset
when it begins and when it ends. 'drillctl doctor' and the evidence say which way
it took. Verified by the time to the first byte of an answer against that of
before; of damage to ports only, by how long real traffic was held back.`,
	Leased:   true,
	Peers:    true,
	Excludes: []string{"bandwidth", "http-fail", "http-slow"},
	Fits:     needs[runtimes.InNet]("run an agent in the network of"),
	New:      func() Fault { return &Latency{Delay: 100 * time.Millisecond} },
}

// Latency is lateness.
type Latency struct {
	Delay  time.Duration `json:"delay_ns" yaml:"delay" doc:"how late"`
	Jitter time.Duration `json:"jitter_ns" yaml:"jitter" doc:"up to this much more or less, evenly"`
	Ports  []int         `json:"ports,omitempty" yaml:"ports" doc:"only connections to these ports of the targets; all connections without"`
}

// Arm implements Fault.
func (f *Latency) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armAgents(ctx, on, agent.Spec{Kind: agent.Latency, Delay: f.Delay, Jitter: f.Jitter, Ports: f.Ports}, f)
}

const latencyRounds = 3

// prove compares the time to the first answer with that of before. A fresh
// connection is late twice; half of that would be enough, whatever the jitter.
func (f *Latency) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	if len(f.Ports) > 0 {
		return f.counted(ctx, h, want)
	}
	probes, err := h.client.Probe(ctx, slices.Repeat(h.t.Probe, latencyRounds), agent.Ask{Answer: true, Detour: true})
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{OK: true}
	var said []string
	met := 0
	for to, took := range means(probes) {
		was, known := h.before[to]
		if !want && !known {
			h.before[to], was = took, took
		}
		more, hit := took-was, h.concerns(to)
		if hit {
			met++
		}
		if late := more >= f.Delay*6/10; late != (want && hit) {
			e.OK = false
		}
		said = append(said, fmt.Sprintf("%s answered after %s (before: %s)", to, ms(took), ms(was)))
	}
	slices.Sort(said)
	e.Text = strings.Join(said, ", ")
	if met == 0 {
		e.OK = false
		e.Text = strings.Join(append(said, "nobody answers who is concerned"), ", ")
	}
	if !e.OK {
		return h.excused(ctx, e)
	}
	return e, nil
}

// means are the mean times to the first answer, of those that answer.
func means(probes []agent.Probe) baseline {
	n, out := map[netip.AddrPort]time.Duration{}, baseline{}
	for _, p := range probes {
		if p.First > 0 {
			n[p.To]++
			out[p.To] += p.First
		}
	}
	for to := range out {
		out[to] /= n[to]
	}
	return out
}

func ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

// counted proves a delay of connections to the target by what it did to real
// traffic: nobody inside can try them.
func (f *Latency) counted(ctx context.Context, h *held, want bool) (Evidence, error) {
	if !want {
		return h.up(ctx)
	}
	l, err := h.client.Look(ctx)
	return Evidence{
		OK:   l.Hit > 0 && l.Late >= f.Delay*6/10,
		Text: fmt.Sprintf("%d chunks of real traffic held back by %s on average", l.Hit, ms(l.Late)),
	}, err
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
	return checkPorts(f.Ports)
}
