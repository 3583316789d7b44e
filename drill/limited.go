package drill

const tooMany = 429

// limitAcc counts what clients were refused for sending too much.
type limitAcc struct{ refused, answered uint64 }

func (l *limitAcc) add(s *Sample, marks *marks) {
	if s.Route == Intruder || !marks.damaged || s.Intended < marks.damage || s.Status == 0 {
		return
	}
	l.answered++
	if s.Status == tooMany {
		l.refused++
	}
}

// limited is the share of answers that were 429, where somebody asks for it or
// where there were any.
func (m *measurement) limited() []Reading {
	asked := m.spec.asks(MetricLimited)
	switch {
	case m.limit.refused == 0 && !asked:
		return nil
	case !m.marks.damaged:
		return []Reading{unknown(MetricLimited, Ratio, "no fault was proved in force")}
	case m.limit.answered == 0:
		return []Reading{unknown(MetricLimited, Ratio, "no request was answered after the fault")}
	}
	return []Reading{exact(MetricLimited, Ratio, float64(m.limit.refused)/float64(m.limit.answered), "answers 429 over all answers, "+span0)}
}
