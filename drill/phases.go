package drill

import "time"

// A phaseAcc gathers the traffic of one phase.
type phaseAcc struct {
	stats   PhaseStats
	lat     histogram
	bad     [numClasses]uint64
	byRoute [numCritical]uint64
}

func newPhaseAcc(name string, start, end time.Duration) *phaseAcc {
	return &phaseAcc{stats: PhaseStats{Name: name, Start: start, End: end, Bad: map[string]uint64{}, ByRegion: map[string]uint64{}, ByRoute: map[string]uint64{}}}
}

// phases are the accumulators of the phases that the log knows.
func (m marks) phases() []*phaseAcc {
	switch {
	case !m.hasSteady:
		return nil
	case !m.hasFault:
		return []*phaseAcc{newPhaseAcc(PhaseSteady, m.steady, m.end)}
	}
	return []*phaseAcc{newPhaseAcc(PhaseSteady, m.steady, m.fault), newPhaseAcc(PhaseFault, m.fault, m.settle), newPhaseAcc(PhaseSettle, m.settle, m.end)}
}

func (p *phaseAcc) add(s *Sample, good bool, slots uint64) {
	st := &p.stats
	st.Planned += slots
	st.Sent++
	p.byRoute[s.Route]++
	switch {
	case s.Class == Aborted:
		st.Unknown++
	case s.Class != OK:
		p.bad[min(s.Class, OtherError)]++
	case !good:
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
	st := &p.stats
	for c, n := range p.bad {
		if n > 0 {
			st.Bad[Class(c).String()] = n
		}
	}
	for r, n := range p.byRoute {
		if n > 0 {
			st.ByRoute[Route(r).String()] = n
		}
	}
	st.Skipped = st.Planned - min(st.Planned, st.Sent)
	st.P50, st.P95, st.P99, st.Max = p.lat.quantile(0.5), p.lat.quantile(0.95), p.lat.quantile(0.99), p.lat.max()
	return *st
}
