package drill

import (
	"fmt"
	"time"
)

// seen dates the damage that others did. Nobody told when it came, so t_inj of
// such a step is the start of the first incident of its window: what clients
// saw of it. Failover time is then the same as RTA. Without an incident there was
// no damage, as far as can be known.
func (m *measurement) seen(incidents []Incident) {
	for i := range m.marks.faults {
		f := &m.marks.faults[i]
		if !f.Step.External || !f.IsInForce {
			continue
		}
		for _, inc := range incidents {
			if inc.Start < f.Fired || inc.Start > f.goneAt() || f.Seen && inc.Start >= f.InForce {
				continue
			}
			f.Seen, f.InForce, f.Lag = true, inc.Start, 0
		}
	}
	first := never
	for _, f := range m.marks.faults {
		if f.IsInForce && (f.Seen || !f.Step.External) {
			first = min(first, f.InForce)
		}
	}
	if first != never {
		m.marks.injected = first
	}
}

// injection is t_inj for an incident, with its bounds. That of an agent's damage
// is known; damage that was only seen is as uncertain as the incident's start;
// and a command's came between its start and its end, the likeliest instant being
// the start of the incident.
func (m *measurement) injection(i Incident) (at, low, high time.Duration) {
	at = m.injectedBefore(i)
	for _, f := range m.marks.faults {
		switch {
		case !f.IsInForce || f.InForce != at:
		case f.Seen && i.Start == at:
			return at, i.StartLow, i.StartHigh
		case f.Step.Outside && !f.Step.External && f.IsFired:
			within := func(t time.Duration) time.Duration { return min(max(t, f.Fired), f.InForce) }
			return within(i.Start), f.Fired, within(i.StartHigh)
		}
	}
	return at, at, at
}

// injectedText is t_inj in words.
func (m *measurement) injectedText() string {
	for _, f := range m.marks.faults {
		if f.Seen {
			return "outage seen by clients (t_inj = t_A, the damage was done by others)"
		}
	}
	return "fault in force (t_inj)"
}

// unseen are windows in which nothing was broken, or in which nobody noticed.
func (m *measurement) unseen(out *invalids, f FaultReport) {
	if f.Step.External && f.IsInForce && !f.Seen {
		out.add("no-effect", "%s: clients saw no outage in the window of %s: either nothing was broken, or it did not reach them", f.Step.ID, Seconds.text(f.Step.For.Seconds()))
	}
}

func (m *measurement) seenNotes(a Analysis) []string {
	var out []string
	for _, f := range a.Faults {
		if f.Seen {
			out = append(out, fmt.Sprintf("%s: the damage was done by others; its instant (t_inj) is the start of the outage that clients saw, %s after the window opened", f.Step.ID, seconds(f.InForce-f.Fired)))
		}
	}
	return out
}
