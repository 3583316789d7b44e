package drill

import (
	"fmt"
	"slices"
	"time"
)

func (m *measurement) timings(a Analysis) []Reading {
	if !m.marks.damaged {
		return unknowns("no fault was proved in force", MetricRTA, MetricFailover, MetricShift, MetricDowntime, MetricFlaps, MetricDetect, MetricFailback, MetricFailbackEED)
	}
	return slices.Concat([]Reading{m.rta(a)}, m.fromDeclaration(a), []Reading{m.failover(a), m.shift(a), m.downtime(a), m.flaps(a), m.detect(a)}, m.failback())
}

// widest joins one reading per incident into the maximum of them all: the truth
// lies between the largest low and the largest high bound.
func (m *measurement) widest(metric string, rs []Reading, clock string) Reading {
	return m.watch.widest(metric, rs, clock)
}

func (w watches) widest(metric string, rs []Reading, clock string) Reading {
	if len(rs) == 0 {
		res := w.slowestStep() + w[Read].base
		for _, one := range w {
			res = max(res, one.blip.longest+one.base)
		}
		return known(metric, Seconds, 0, 0, res.Seconds(), clock)
	}
	out := known(metric, Seconds, 0, 0, 0, clock)
	for _, r := range rs {
		out.Value, out.Low, out.High = max(out.Value, r.Value), max(out.Low, r.Low), max(out.High, r.High)
		out.Censored = out.Censored || r.Censored
	}
	return out
}

func (m *measurement) rta(a Analysis) Reading { return m.rtaOf(MetricRTA, m.watch, a.Outages) }

func (m *measurement) rtaOf(metric string, w watches, outages []Incident) Reading {
	var rs []Reading
	for _, i := range m.only(outages) {
		rs = append(rs, Reading{Value: (i.Recovered - i.Start).Seconds(), Low: (i.RecoveredLow - i.StartHigh).Seconds(),
			High: (i.RecoveredHigh - i.StartLow).Seconds(), Censored: !i.IsRecovered})
	}
	return w.widest(metric, rs, fmt.Sprintf("disruption (t_A) to recovery (t_R), held %s", m.spec.Hold))
}

func (m *measurement) failover(a Analysis) Reading {
	var rs []Reading
	all := m.only(a.Outages)
	for _, i := range all {
		if m.wayBack(i, all) {
			continue
		}
		inj, early, late := m.injection(i)
		rs = append(rs, Reading{Value: (i.Recovered - inj).Seconds(), Low: (i.RecoveredLow - late).Seconds(),
			High: (i.RecoveredHigh - early).Seconds(), Censored: !i.IsRecovered})
	}
	return m.widest(MetricFailover, rs, fmt.Sprintf("%s to recovery (t_R), held %s", m.injectedText(), m.spec.Hold))
}

// wayBack says that an incident began after all damage was gone, or while that
// was taken back: it counts for RTA, but it is no failover.
func (m *measurement) wayBack(i Incident, all []Incident) bool {
	for _, f := range m.marks.faults {
		if f.IsInForce && i.StartLow <= m.fellOver(f, all) {
			return false
		}
	}
	return true
}

// fellOver is until when an outage may be the failover of a step: as long as its
// damage lasts. Where clients were served again before, only until it was proved
// in force for the last time: what comes then is the return of what was lost.
func (m *measurement) fellOver(f FaultReport, all []Incident) time.Duration {
	lasts := m.marks.lasts(f)
	held, ok := m.marks.held[f.Step.ID]
	over := func(i Incident) bool { return i.Cause == f.Step.ID && i.IsRecovered && i.RecoveredHigh < held }
	if !ok || f.Step.For <= 0 || !slices.ContainsFunc(all, over) {
		return lasts
	}
	return min(lasts, held)
}

// injectedBefore is t_inj of the last step that was fired before an incident
// began, as far as a request under way can tell.
func (m *measurement) injectedBefore(i Incident) time.Duration {
	inj, fired := m.marks.injected, m.marks.fired
	for _, f := range m.marks.faults {
		if f.IsInForce && f.Fired >= fired && f.Fired <= i.Start+m.watch[Read].base {
			inj, fired = f.InForce, f.Fired
		}
	}
	return inj
}

// downtime sums the outages of the run: a second in which two routes were down
// counts once.
func (m *measurement) downtime(a Analysis) Reading {
	out := m.widest(MetricDowntime, nil, "sum of the DOWN episodes of any critical route, overlaps counted once")
	for n, i := range m.only(a.Outages) {
		if n == 0 {
			out.High = 0
		}
		d := i.Downtime
		out.Value += d.Seconds()
		out.Low += max(0, d-(i.StartHigh-i.Start)-(i.Recovered-i.RecoveredLow)).Seconds()
		out.High += (d + i.Start - i.StartLow + i.RecoveredHigh - i.Recovered).Seconds()
		out.Censored = out.Censored || !i.IsRecovered
	}
	return out
}

func (m *measurement) flaps(a Analysis) Reading {
	n := 0
	for _, i := range m.incidents(a) {
		n = max(n, i.Flaps)
	}
	return exact(MetricFlaps, Count, float64(n), "DOWN episodes after the first, in one incident of the worst route")
}

func (m *measurement) p99(a Analysis) Reading {
	for _, p := range a.Phases {
		if p.Name == PhaseFault && p.P99 >= 0 {
			v := p.P99.Seconds()
			return known(MetricP99, Seconds, v, v*(1-bucketShare), v, "good requests of the fault phase, from the intended start")
		}
	}
	return unknown(MetricP99, Seconds, "no good request in the fault phase")
}
