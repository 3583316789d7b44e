package drill

import (
	"strings"
	"time"
)

// marks are the instants that a log gives: phases and steps.
type marks struct {
	steady, fault, settle, end time.Duration
	hasSteady, hasFault        bool
	hasEnd                     bool
	faults                     []FaultReport
}

func readMarks(log Log, spec Spec) marks {
	m := marks{}
	for _, s := range spec.Steps {
		m.faults = append(m.faults, FaultReport{Step: s, Effects: map[string]time.Duration{}})
	}
	for _, e := range log.Events {
		if e.Kind == KindPhase {
			m.phase(e)
			continue
		}
		for i := range m.faults {
			if e.Step == m.faults[i].Step.ID {
				m.faults[i].take(e)
			}
		}
	}
	for i := range m.faults {
		m.faults[i].finish()
	}
	return m
}

func (m *marks) phase(e Event) {
	switch e.Subject {
	case PhaseSteady:
		m.steady, m.hasSteady = e.At, true
	case PhaseFault:
		m.fault, m.hasFault = e.At, true
	case PhaseSettle:
		m.settle = e.At
	case PhaseEnd:
		m.end, m.hasEnd = e.At, true
	}
}

// take adds what one event says of a step.
func (f *FaultReport) take(e Event) {
	switch e.Kind {
	case KindFaultFired:
		f.Fired, f.IsFired = e.At, true
	case KindFaultEffect:
		f.Effects[e.Subject] = e.At
	case KindFaultApplied:
		f.InForce, f.IsInForce = e.At, true
		f.Evidence = append(f.Evidence, splitLines(e.Data["evidence"])...)
	case KindFaultReverted:
		f.Gone, f.IsGone = e.At, true
		f.Evidence = append(f.Evidence, splitLines(e.Data["evidence"])...)
	case KindFaultUnproved, KindFaultStuck:
		f.Problem = e.Note
	}
}

func (f *FaultReport) finish() {
	if f.IsInForce {
		f.Lag = f.InForce - f.Fired
	}
	first, last := time.Duration(-1), time.Duration(-1)
	for _, at := range f.Effects {
		if first < 0 || at < first {
			first = at
		}
		last = max(last, at)
	}
	if len(f.Effects) > 1 {
		f.Skew = last - first
	}
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}
