package drill

import (
	"fmt"
	"slices"
	"strings"
)

func (m *measurement) notes(a Analysis) []string {
	out := append([]string{}, m.seenNotes(a)...)
	if len(m.incidents(a)) == 0 && m.marks.damaged {
		out = append(out, m.masked(a)...)
	}
	if untried := a.Intruders.untried(); len(untried) > 0 {
		out = append(out, "no intruder was answered who came with: "+strings.Join(untried, ", ")+"; whether they are let in is not known")
	}
	if l := a.Ledger; l != nil && l.Known {
		if m.spec.Load.EntryOnly {
			out = append(out, "the records were read back through the entry only: what a single region still has is not known")
		}
		if l.Holes {
			out = append(out, "the loss has holes: writes older than some that survived are lost")
		}
		if l.Unavailable > 0 {
			out = append(out, fmt.Sprintf("%d acknowledged writes were on no survivor until the region returned, up to %s from the start of the outage: had it not returned, they would be lost", l.Unavailable, seconds(l.UnavailableReach)))
		}
		if l.PostFaultLoss > 0 {
			out = append(out, "writes acknowledged up to "+seconds(l.PostFaultLoss)+" after the outage began are lost: worse than lag")
		}
	}
	if a.Budget != nil && !slices.ContainsFunc(a.Budget.Alerts, func(b BurnAlert) bool { return b.Fired && b.Severity == "page" }) {
		out = append(out, "this outage would not have paged anyone under the standard burn-rate alerts")
	}
	return out
}

// masked tells what else shows a failover that clients saw no errors of
// (measuring.md 1.3): when survivors took over, and what the requests paid.
func (m *measurement) masked(a Analysis) []string {
	out := []string{"clients saw no outage: if the gateways retried, the damage shows in latency only (masked failover)"}
	shift, added := a.Reading(MetricShift), a.Reading(MetricAddedLatency)
	switch {
	case len(a.Shifts) == 0: // nothing was to be taken over
	case !shift.Known:
		out = append(out, "when survivors took over is not known: "+shift.Why)
	case shift.Censored:
		out = append(out, "no survivor took over while the damage lasted")
	default:
		for n, s := range a.Shifts {
			out = append(out, fmt.Sprintf("%s took over from %s %s after the fault was in force", s.Region, s.Step, seconds(max(0, s.At-m.shifts.open[n].inj))))
		}
	}
	switch {
	case !added.Known:
	case added.Value > 0:
		out = append(out, fmt.Sprintf("the 99th percentile of latency rose by %s ms in the fault phase", decimal(1e3*added.Value, 2)))
	default:
		out = append(out, "the 99th percentile of latency did not rise in the fault phase")
	}
	return out
}
