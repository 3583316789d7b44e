package drill

import (
	"fmt"
	"slices"
	"time"
)

// declares says that a step of the drill declares the disaster.
func (s Spec) declares() bool {
	return slices.ContainsFunc(s.Actions, func(a ActionSpec) bool { return a.Declares })
}

// fromDeclaration is t_R - t_dec, of a drill in which somebody declares the
// disaster; of others there is no such reading. t_dec is stamped by ourselves, so
// that only the recovery has bounds.
func (m *measurement) fromDeclaration(a Analysis) []Reading {
	switch {
	case !m.spec.declares():
		return nil
	case len(m.marks.declared) == 0:
		return unknowns("the disaster was never declared", MetricDeclared)
	}
	var rs []Reading
	for _, i := range m.only(a.Outages) {
		dec := m.declaration(i)
		rs = append(rs, Reading{Value: sinceOr0(i.Recovered, dec), Low: sinceOr0(i.RecoveredLow, dec), High: sinceOr0(i.RecoveredHigh, dec), Censored: !i.IsRecovered})
	}
	return []Reading{m.widest(MetricDeclared, rs, fmt.Sprintf("declaration (t_dec) to recovery (t_R), held %s", m.spec.Hold))}
}

// declaration is the first one within an outage, or else the last one before it,
// or the first one after it.
func (m *measurement) declaration(i Incident) time.Duration {
	at := m.marks.declared[0]
	for _, t := range m.marks.declared[1:] {
		if at < i.Start && t < i.RecoveredHigh {
			at = t
		}
	}
	return at
}

func sinceOr0(at, from time.Duration) float64 { return max(0, at-from).Seconds() }
