package drill

import "time"

// A phaseAcc gathers the traffic of one phase.
type phaseAcc struct {
	stats PhaseStats
	lat   histogram
	first [numRoutes]uint64 // slots + 1; 0 is none
	last  [numRoutes]uint64
}

func newPhaseAcc(name string, start, end time.Duration) *phaseAcc {
	return &phaseAcc{stats: PhaseStats{Name: name, Start: start, End: end, Bad: map[string]uint64{}, ByRegion: map[string]uint64{}, ByRoute: map[string]uint64{}}}
}

func (p *phaseAcc) add(s Sample, deadline time.Duration) {
	st := &p.stats
	if p.first[s.Route] == 0 {
		p.first[s.Route] = s.Slot + 1
	}
	p.last[s.Route] = max(p.last[s.Route], s.Slot+1)
	st.Sent++
	st.ByRoute[s.Route.String()]++
	switch {
	case s.Class == Aborted:
		st.Unknown++
	case s.Class != OK:
		st.Bad[s.Class.String()]++
	case s.Latency() > deadline:
		st.Slow++
	default:
		st.Good++
		p.lat.add(s.Latency())
		if s.Region != "" {
			st.ByRegion[s.Region]++
		}
	}
}

// bad counts all that was surely not good.
func (p PhaseStats) bad() uint64 {
	n := p.Slow
	for _, c := range p.Bad {
		n += c
	}
	return n
}

func (p *phaseAcc) finish() PhaseStats {
	for r := range p.first {
		if p.first[r] > 0 {
			p.stats.Planned += p.last[r] - p.first[r] + 1
		}
	}
	p.stats.Skipped = p.stats.Planned - min(p.stats.Planned, p.stats.Sent)
	p.stats.P50, p.stats.P95, p.stats.P99, p.stats.Max = p.lat.quantile(0.5), p.lat.quantile(0.95), p.lat.quantile(0.99), p.lat.max()
	return p.stats
}
