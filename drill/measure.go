package drill

import (
	"fmt"
	"iter"
	"time"
)

// Measure takes everything that follows from a log in one pass over its samples,
// which must come in order of their intended starts. It does no I/O and reads no
// clock: the same input gives the same Analysis, bit for bit. The error is the
// sequence's own.
func Measure(log Log, seq iter.Seq2[Sample, error], finals []FinalRead, spec Spec) (Analysis, error) {
	m := newMeasurement(log, spec)
	for s, err := range seq {
		if err != nil {
			return Analysis{}, fmt.Errorf("samples: %w", err)
		}
		m.add(s)
	}
	return m.finish(finals), nil
}

// A measurement is one pass on its way.
type measurement struct {
	log    Log
	spec   Spec
	marks  marks
	phases []*phaseAcc
	watch  [numRoutes]*watch
	base   histogram // latency of good requests of the steady phase
	late   histogram
	bins   *bins
	ledger ledger

	answered        uint64
	good, bad, unkn uint64 // from the first damage on
	lastAt          time.Duration
	baselineSet     bool
	lostServed      map[string]time.Duration // first good answer by region after damage
	firstInForce    time.Duration
	lostRegions     map[string]bool
	peakAfter       time.Duration
}

func newMeasurement(log Log, spec Spec) *measurement {
	m := &measurement{log: log, spec: spec, marks: readMarks(log, spec), bins: newBins(), lostServed: map[string]time.Duration{}, lostRegions: map[string]bool{}, firstInForce: -1}
	end := m.marks.end
	if !m.marks.hasEnd {
		end = 1<<62 - 1
	}
	settle := m.marks.settle
	if m.marks.hasFault && settle == 0 {
		settle = end
	}
	if m.marks.hasSteady {
		to := end
		if m.marks.hasFault {
			to = m.marks.fault
			m.phases = append(m.phases, newPhaseAcc(PhaseSteady, m.marks.steady, to), newPhaseAcc(PhaseFault, to, settle), newPhaseAcc(PhaseSettle, settle, end))
		} else {
			m.phases = append(m.phases, newPhaseAcc(PhaseSteady, m.marks.steady, to))
		}
	}
	for _, f := range m.marks.faults {
		if f.IsInForce && (m.firstInForce < 0 || f.InForce < m.firstInForce) {
			m.firstInForce = f.InForce
		}
		if f.Step.TakesDown {
			for _, r := range f.Step.Regions {
				m.lostRegions[r] = true
			}
		}
	}
	m.watch[Read] = newWatch(Read.String(), spec.Load.ReadRate, spec)
	m.watch[Write] = newWatch(Write.String(), spec.Load.WriteRate, spec)
	return m
}

// good is an expected status, in time.
func (m *measurement) isGood(s Sample) bool {
	return s.Class == OK && s.Latency() <= m.spec.Load.Deadline
}

func (m *measurement) add(s Sample) {
	if s.Class != Aborted {
		m.ledger.add(s)
	}
	if s.Status > 0 || s.Region != "" {
		m.answered++
	}
	if !m.marks.hasSteady || s.Intended < m.marks.steady {
		return
	}
	m.lastAt = max(m.lastAt, s.Intended)
	m.late.add(s.Lateness())
	for _, p := range m.phases {
		if s.Intended >= p.stats.Start && s.Intended < p.stats.End {
			p.add(s, m.spec.Load.Deadline)
		}
	}
	if s.Class == Aborted {
		m.unkn++
		return
	}
	good := m.isGood(s)
	m.bins.add(s, good)
	if m.inBaseline(s) {
		if good {
			m.base.add(s.Latency())
		}
	} else if !m.baselineSet {
		m.setBaseline()
	}
	m.count(s, good)
	w := m.watch[s.Route]
	w.add(s, good)
	if w.down && !good {
		w.cur.Bad[badName(s)]++
	}
}

func badName(s Sample) string {
	if s.Class == OK {
		return "slow"
	}
	return s.Class.String()
}

func (m *measurement) inBaseline(s Sample) bool {
	return !m.marks.hasFault || s.Intended < m.marks.fault
}

func (m *measurement) setBaseline() {
	m.baselineSet = true
	l := max(0, m.base.quantile(0.99))
	m.watch[Read].base, m.watch[Write].base = l, l
}

// count adds to the totals that availability and EED are made of.
func (m *measurement) count(s Sample, good bool) {
	if m.firstInForce < 0 || s.Intended < m.firstInForce {
		return
	}
	if good {
		m.good++
		if _, seen := m.lostServed[s.Region]; !seen {
			m.lostServed[s.Region] = s.Intended
		}
	} else {
		m.bad++
	}
}
