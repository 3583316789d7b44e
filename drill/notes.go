package drill

import (
	"fmt"
	"slices"
)

func (m *measurement) notes(a Analysis) []string {
	out := []string{}
	if len(m.incidents(a)) == 0 && m.marks.damaged {
		out = append(out, m.masked(a)...)
	}
	if l := a.Ledger; l != nil && l.Known {
		if l.Holes {
			out = append(out, "the loss has holes: writes older than some that survived are lost")
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

// masked tells what else shows a failover that clients saw no errors of.
func (m *measurement) masked(a Analysis) []string {
	out := []string{"clients saw no outage: if the gateways retried, the damage shows in latency only (masked failover)"}
	base := m.bins.sum(m.marks.steady, m.marks.fault)
	for _, r := range sortedKeys(m.served) {
		i := slices.Index(m.bins.regions, r)
		if r != "" && m.takesDown() && !m.marks.lost[r] && base.byRegion[i] == 0 {
			out = append(out, fmt.Sprintf("%s served its first request %s after the fault was in force", r, seconds(max(0, m.served[r]-m.marks.injected))))
		}
	}
	p99 := map[string]int64{}
	for _, p := range a.Phases {
		p99[p.Name] = int64(p.P99)
	}
	if was, is := p99[PhaseSteady], p99[PhaseFault]; was > 0 && is > 2*was {
		out = append(out, fmt.Sprintf("the 99th percentile of latency rose from %.1f ms to %.1f ms", float64(was)/1e6, float64(is)/1e6))
	}
	return out
}
