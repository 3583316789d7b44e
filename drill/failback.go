package drill

import (
	"fmt"
	"time"
)

// failback looks second by second for the start of the first hold in which the
// lost regions carry their baseline share and requests are good.
func (m *measurement) failback() []Reading {
	if !m.takesDown() {
		return unknowns("no step took a whole region away", MetricFailback, MetricFailbackEED)
	}
	rev, gone := m.reverted()
	if !gone {
		return unknowns("the fault was not proved gone", MetricFailback, MetricFailbackEED)
	}
	clock := fmt.Sprintf("fault gone (t_rev) to the lost region's baseline share ± %.0f %%, held %s", 100*m.spec.Detect.ShareTol, m.spec.Hold)
	end := max(rev, min(m.lastAt, m.bins.end()).Truncate(binLen))
	at, ok := m.carried(rev, end)
	fb := known(MetricFailback, Seconds, (at - rev).Seconds(), max(0, at-rev-binLen).Seconds(), (at - rev + binLen).Seconds(), clock)
	until := at + m.spec.Hold
	if !ok {
		fb = known(MetricFailback, Seconds, (end - rev).Seconds(), max(0, at-rev-binLen).Seconds(), (end - rev).Seconds(), clock)
		fb.Censored = true
		until = end
	}
	return []Reading{fb, m.disturbance(rev, until)}
}

func (m *measurement) takesDown() bool {
	for _, f := range m.marks.faults {
		if f.Step.TakesDown && f.IsInForce {
			return true
		}
	}
	return false
}

func (m *measurement) reverted() (rev time.Duration, gone bool) {
	for _, f := range m.marks.faults {
		if f.Step.TakesDown && f.IsInForce {
			if !f.IsGone {
				return 0, false
			}
			rev = max(rev, f.Gone)
		}
	}
	return rev, true
}

// carried is the start of the first hold of seconds that are fine; without one,
// the earliest second at which it may yet have begun.
func (m *measurement) carried(rev, end time.Duration) (time.Duration, bool) {
	want := m.bins.share(m.bins.sum(m.marks.steady, m.marks.fault), m.marks.lost)
	at, ok := end, false
	for t := rev.Truncate(binLen) + binLen; t+binLen <= end; t += binLen {
		b := m.bins.sum(t, t+binLen)
		n := b.good + b.bad
		fine := n > 0 && m.bins.share(b, m.marks.lost) >= want-m.spec.Detect.ShareTol && float64(b.bad) <= m.spec.Detect.Up*float64(n)
		switch {
		case fine && !ok:
			at, ok = t, true
		case !fine:
			at, ok = end, false
		}
		if ok && t+binLen-at >= m.spec.Hold {
			return at, true
		}
	}
	return at, false
}

// disturbance is EED from t_rev until fail-back has held; the second in which
// t_rev lies counts for the high bound and the value.
func (m *measurement) disturbance(rev, until time.Duration) Reading {
	clock := "bad requests over the offered rate, from t_rev until fail-back has held"
	if m.offered() <= 0 {
		return unknown(MetricFailbackEED, Seconds, "no rate was offered")
	}
	high := float64(m.bins.sum(rev.Truncate(binLen), until).bad) / m.offered()
	low := float64(m.bins.sum(rev, until).bad) / m.offered()
	return known(MetricFailbackEED, Seconds, high, low, high, clock)
}

func (m *measurement) offered() float64 { return m.spec.Load.ReadRate + m.spec.Load.WriteRate }
