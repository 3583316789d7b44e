package drill

import "time"

const span0 = "from the first fault in force to the end of the load"

func (m *measurement) ratios(a Analysis) []Reading {
	if !m.marks.damaged {
		return unknowns("no fault was proved in force", MetricAvailability, MetricTimeAvail, MetricEED, MetricP99, MetricAddedLatency, MetricBudget, MetricOvershoot)
	}
	rs := []Reading{m.counted.availability(MetricAvailability), m.timeAvailability(a), m.eed(), m.p99(a), addedLatency(a.Phases)}
	if a.Budget != nil {
		r := exact(MetricBudget, Ratio, a.Budget.Consumed, "EED over the window's budget; notional unless production")
		r.High = m.consumed(float64(m.bad+m.unkn) / m.offered())
		return append(rs, r, m.overshoot())
	}
	return append(rs, unknown(MetricBudget, Ratio, "the scenario has no SLO"), m.overshoot())
}

func (m *measurement) timeAvailability(a Analysis) Reading {
	window := (m.lastAt - m.marks.damage).Seconds()
	if window <= 0 {
		return unknown(MetricTimeAvail, Ratio, "no request was made after the fault")
	}
	d := m.downtime(a)
	part := func(down float64) float64 { return min(1, max(0, 1-down/window)) }
	return known(MetricTimeAvail, Ratio, part(d.Value), part(d.High), part(d.Low), "1 - downtime / window, "+span0)
}

func (m *measurement) eed() Reading {
	if m.offered() <= 0 {
		return unknown(MetricEED, Seconds, "no rate was offered")
	}
	v := float64(m.bad) / m.offered()
	return known(MetricEED, Seconds, v, v, float64(m.bad+m.unkn)/m.offered(), "bad requests over the offered rate, "+span0)
}

// overshoot is the busiest second of a surviving region over its baseline.
func (m *measurement) overshoot() Reading {
	if !m.takesDown() {
		return unknown(MetricOvershoot, Ratio, "no step took a whole region away")
	}
	base := m.bins.sum(m.marks.steady, m.marks.fault)
	secs := (m.marks.fault.Truncate(binLen) - (m.marks.steady + binLen - 1).Truncate(binLen)).Seconds()
	worst, found := 0.0, false
	for t := m.marks.damage.Truncate(binLen); t+binLen <= min(m.lastAt, m.bins.end()); t += binLen {
		for r, n := range m.bins.sum(t, t+binLen).byRegion {
			was := float64(base.byRegion[r]) / max(1, secs)
			if name := m.bins.regions[r]; name != "" && !m.marks.lost[name] && was > 0 {
				worst, found = max(worst, float64(n)/was), true
			}
		}
	}
	if !found {
		return unknown(MetricOvershoot, Ratio, "no survivor served anything before the fault")
	}
	return exact(MetricOvershoot, Ratio, worst, "busiest second of a survivor over its baseline")
}

func (m *measurement) data(a Analysis) []Reading {
	l, why := a.Ledger, ""
	switch {
	case l == nil:
		why = "the scenario writes nothing"
	case !l.Known:
		why = l.Why
	case !m.marks.damaged:
		why = "no fault was proved in force"
	}
	if why != "" {
		return unknowns(why, MetricRPA, MetricLostWrites, MetricStale, MetricSplitBrain)
	}
	return []Reading{m.rpa(l),
		exact(MetricLostWrites, Count, float64(l.Lost), "acknowledged writes absent from the final read"),
		exact(MetricStale, Seconds, l.StaleMax.Seconds(), "last read that missed an acknowledged write, from its acknowledgement"),
		m.splitBrain(l)}
}

// rpa has the resolution of the writes. What was acknowledged and lost after the
// outage began is worse than lag: an isolated writer must not meet a recovery
// point objective, so its reach counts where it is the further one.
func (m *measurement) rpa(l *LedgerReport) Reading {
	step := m.watch[Write].step + m.watch[Write].base
	reach := max(l.RPA, l.PostFaultLoss)
	return known(MetricRPA, Seconds, reach.Seconds(), max(0, reach-step).Seconds(), (reach + step).Seconds(),
		"start of the outage back to the oldest acknowledged write that was lost, or on to the newest, if that is further")
}

func (m *measurement) splitBrain(l *LedgerReport) Reading {
	if l.Acked > 0 && m.ledger.blind == l.Acked {
		return unknown(MetricSplitBrain, Seconds, "no acknowledgement named its leader and epoch")
	}
	return exact(MetricSplitBrain, Seconds, max(0, l.SplitBrain).Round(time.Nanosecond).Seconds(), "acknowledgements by one leader after another's of a later or the same epoch")
}
