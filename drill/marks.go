package drill

import (
	"strings"
	"time"
)

// marks are the instants that a log gives: phases and steps.
type marks struct {
	steady, fault, settle, end  time.Duration
	hasSteady, hasFault, hasEnd bool
	hasSettle                   bool
	faults                      []FaultReport
	lost                        map[string]bool          // regions that steps took down
	held                        map[string]time.Duration // until when a step's damage was proved once more
	declared                    []time.Duration          // t_dec, of all declarations in order

	damaged  bool          // some damage was proved in force
	damage   time.Duration // the first effect of any of it
	fired    time.Duration // t_cmd of the first of it
	injected time.Duration // t_inj of the first of it
}

const never = time.Duration(1<<62 - 1)

func readMarks(log Log, spec Spec) marks {
	m := marks{faults: []FaultReport{}, lost: map[string]bool{}, held: map[string]time.Duration{}, end: never, settle: never, damage: never, fired: never, injected: never}
	for _, s := range spec.Steps {
		m.faults = append(m.faults, FaultReport{Step: s, Effects: map[string]time.Duration{}, Evidence: []string{}})
		for _, r := range s.Regions {
			m.lost[r] = m.lost[r] || s.TakesDown
		}
	}
	for _, e := range log.Events {
		if e.Kind == KindPhase {
			m.phase(e)
			continue
		}
		if e.Kind == KindDeclared {
			m.declared = append(m.declared, e.At)
		}
		if e.Kind == KindFaultHeld {
			m.held[e.Step] = e.At + e.Took
		}
		for i := range m.faults {
			if e.Step == m.faults[i].Step.ID {
				m.faults[i].take(e)
			}
		}
	}
	m.settle = min(m.settle, m.end)
	for i := range m.faults {
		m.faults[i].finish()
		m.first(m.faults[i])
	}
	return m
}

func (m *marks) first(f FaultReport) {
	if !f.IsInForce {
		return
	}
	m.damaged = true
	m.injected, m.damage = min(m.injected, f.InForce), min(m.damage, f.InForce)
	for _, at := range f.Effects {
		m.damage = min(m.damage, at)
	}
	if f.Step.Outside && f.IsFired {
		m.damage = min(m.damage, f.Fired)
	}
	m.fired = min(m.fired, m.damage)
	if f.IsFired {
		m.fired = min(m.fired, f.Fired)
	}
}

func (m *marks) phase(e Event) {
	switch e.Subject {
	case PhaseSteady:
		m.steady, m.hasSteady = e.At, true
	case PhaseFault:
		m.fault, m.hasFault = e.At, true
	case PhaseSettle:
		m.settle, m.hasSettle = e.At, true
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
	if f.IsInForce && f.IsFired {
		f.Lag = f.InForce - f.Fired
	}
	first, last := never, -never
	for _, at := range f.Effects {
		first, last = min(first, at), max(last, at)
	}
	if len(f.Effects) > 1 {
		f.Skew = last - first
	}
}

// goneAt is t_rev, or never.
func (f FaultReport) goneAt() time.Duration {
	if f.IsGone {
		return f.Gone
	}
	return never
}

// lasts is until when an outage may be this step's doing: until its damage was
// gone, or, as a crash is over at once, until another step was fired.
func (m *marks) lasts(f FaultReport) time.Duration {
	if f.Step.For > 0 {
		return f.goneAt()
	}
	until := never
	for _, g := range m.faults {
		if g.IsFired && g.Fired > f.Fired {
			until = min(until, g.Fired)
		}
	}
	return until
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}
