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

// dnsWay is what both faults of name resolution do alike.
const dnsWay = `The agent leads what goes to port 53 to itself, by UDP and TCP, IPv4 and IPv6:
questions that the target asks, whatever resolver it asks (an engine's own at
127.0.0.11, too), and questions that it is asked, if it is a resolver itself. With
names, only questions for these and all names below them; others are passed on to
whom they were for. Resolution over TLS or HTTPS is not met. Answers that a program
has kept are not met either: what users see begins when they are forgotten. Of
questions on their way when it begins or ends some are lost, as UDP may lose them.
Verified by questions that the agent asks as the target does.`

var dnsFail = Kind{
	Name:     "dns-fail",
	Summary:  "Answer the targets' DNS questions with a failure.",
	Doc:      "Every answer is SERVFAIL (the resolver is broken) or NXDOMAIN (there is no such name).\n" + dnsWay,
	Leased:   true,
	Excludes: []string{"dns-slow"},
	Fits:     needs[runtimes.InNet]("run an agent in the network of"),
	New:      func() Fault { return &DNSFail{Answer: "servfail"} },
}

var dnsSlow = Kind{
	Name:     "dns-slow",
	Summary:  "Answer the targets' DNS questions late.",
	Doc:      "Every question is held back by delay ± jitter before it is passed on; the answer is the\nright one. Programs commonly ask again after 5 s.\n" + dnsWay,
	Leased:   true,
	Excludes: []string{"dns-fail"},
	Fits:     needs[runtimes.InNet]("run an agent in the network of"),
	New:      func() Fault { return &DNSSlow{Delay: 2 * time.Second} },
}

// DNSFail is names that cannot be resolved.
type DNSFail struct {
	Answer string   `json:"answer" yaml:"answer" doc:"what is answered" enum:"servfail,nxdomain"`
	Names  []string `json:"names,omitempty" yaml:"names" doc:"only these names and all below them; all without"`
}

// DNSSlow is names that are resolved late.
type DNSSlow struct {
	Delay  time.Duration `json:"delay_ns" yaml:"delay" doc:"how late"`
	Jitter time.Duration `json:"jitter_ns" yaml:"jitter" doc:"up to this much more or less, evenly"`
	Names  []string      `json:"names,omitempty" yaml:"names" doc:"only these names and all below them; all without"`
}

// Arm implements Fault.
func (f *DNSFail) Arm(ctx context.Context, on []Target) (Armed, error) {
	spec := agent.Spec{Kind: agent.DNS, Answer: f.Answer, Names: f.Names}
	return armAgents(ctx, withoutPeers(on), spec, questions{names: f.Names, answer: strings.ToUpper(f.Answer)})
}

// Arm implements Fault.
func (f *DNSSlow) Arm(ctx context.Context, on []Target) (Armed, error) {
	spec := agent.Spec{Kind: agent.DNS, Delay: f.Delay, Jitter: f.Jitter, Names: f.Names}
	return armAgents(ctx, withoutPeers(on), spec, questions{names: f.Names, delay: f.Delay})
}

// Undo implements Fault.
func (f *DNSFail) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

// Undo implements Fault.
func (f *DNSSlow) Undo(ctx context.Context, in runtimes.Instance) error { return undoLeased(ctx, in) }

// Check implements Checker.
func (f *DNSFail) Check() map[string]string {
	if f.Answer != "servfail" && f.Answer != "nxdomain" {
		return map[string]string{"answer": "must be servfail or nxdomain"}
	}
	return checkNames(f.Names)
}

// Check implements Checker.
func (f *DNSSlow) Check() map[string]string {
	switch {
	case f.Delay < 50*time.Millisecond || f.Delay > 30*time.Second:
		return map[string]string{"delay": "must be between 50ms and 30s"}
	case f.Jitter < 0 || f.Jitter > f.Delay:
		return map[string]string{"jitter": "must be between 0s and delay"}
	}
	return checkNames(f.Names)
}

// Patience implements Patient: a late answer must be waited for.
func (f *DNSSlow) Patience() time.Duration { return 2*(f.Delay+f.Jitter) + 5*time.Second }

func checkNames(names []string) map[string]string {
	for _, n := range names {
		if n == "" || len(n) > 253 || strings.ContainsAny(n, " \t/:*") {
			return map[string]string{"names": fmt.Sprintf("%q is not a name like db or api.internal", n)}
		}
	}
	return nil
}

// questions proves damage to name resolution: each resolver that answered before
// must answer wrongly, or late, and the agent must have had a hand in it.
type questions struct {
	names  []string
	answer string // as resolvers call it
	delay  time.Duration
}

func (questions) findsItsOwn() {}

func (q questions) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	before, err := h.client.Look(ctx)
	if err != nil {
		return Evidence{}, err
	}
	probes, err := h.client.Probe(ctx, nil, agent.Ask{Name: q.name(h), Wait: 2 * q.delay})
	if err != nil {
		return Evidence{}, err
	}
	after, err := h.client.Look(ctx)
	if err != nil {
		return Evidence{}, err
	}
	if !want {
		q.note(h.before, probes)
	}
	hit := after.Hit - min(before.Hit, after.Hit)
	e := Evidence{OK: (hit > 0) == want}
	var said []string
	answered := 0
	for _, p := range probes {
		if p.Up {
			answered++
			said = append(said, fmt.Sprintf("%s answered %s after %s", p.To, p.Said, ms(p.Took)))
		}
		if !q.right(h.before, p, want) {
			e.OK = false
		}
	}
	if answered == 0 {
		said = append(said, fmt.Sprintf("none of %d resolvers answers", len(probes)))
		e.OK = e.OK && !want
	}
	slices.Sort(said)
	e.Text = fmt.Sprintf("asked for %s: %s; the agent had a hand in %d of them", q.name(h), strings.Join(said, ", "), hit)
	if !e.OK {
		return h.excused(ctx, e)
	}
	return e, nil
}

// name is what is asked for: with names the first, else the target's own, which
// an engine's resolver knows.
func (q questions) name(h *held) string {
	if len(q.names) > 0 {
		return q.names[0]
	}
	return h.name()
}

// note keeps who answered at the first look, at what is not damaged yet: later the
// agent may answer for whom nobody is.
func (q questions) note(before baseline, probes []agent.Probe) {
	const looked = 0 // no resolver has the zero address
	if _, done := before[netip.AddrPort{}]; done {
		return
	}
	before[netip.AddrPort{}] = looked
	for _, p := range probes {
		if p.Up {
			before[p.To] = p.Took
		}
	}
}

// right says whether one resolver is as it should be.
func (q questions) right(before baseline, p agent.Probe, want bool) bool {
	was, known := before[p.To]
	switch {
	case !known: // nobody was there before
		return true
	case !p.Up:
		return false
	case q.answer != "" && want:
		return p.Said == q.answer
	case q.delay > 0:
		return (p.Took-was >= q.delay*6/10) == want
	}
	return true
}
