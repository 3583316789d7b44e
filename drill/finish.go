package drill

import (
	"fmt"
	"math"
	"slices"
	"time"
)

func (m *measurement) finish(finals []FinalRead) Analysis {
	if !m.baselineSet {
		m.setBaseline()
	}
	a := Analysis{Faults: m.marks.faults, Phases: []PhaseStats{}, Incidents: []Incident{}, Shifts: m.shifts.finish(m.marks)}
	for _, p := range m.phases {
		a.Phases = append(a.Phases, p.finish())
	}
	a.Load = m.load()
	for _, w := range m.watch {
		a.Incidents = append(a.Incidents, w.finish()...)
	}
	m.seen(a.Incidents)
	a.Outages = union(a.Incidents, m.spec.Hold, m.slowestStep())
	m.blame(a.Incidents, a.Outages)
	a.Origins = m.originReports()
	a.Regions = regionShares(a.Phases)
	a.Detections = m.detections()
	a.Alerts = m.alerts()
	if m.spec.Load.WriteRate > 0 {
		a.Ledger = m.ledger.reconcile(finals, m.outages(a), m.spec.Load.WriteRate)
	}
	a.Intruders = m.intruders()
	a.Invalid = m.invalid(a)
	a.Budget = m.budget()
	a.Series = m.series.finish(m.spec.Regions)
	a.Readings = m.readings(a)
	a.Notes = m.notes(a)
	return a
}

// ours says that an incident belongs to the drill: it was not over when the
// first damage was ordered. A request under way then may be its first bad one.
func (m *measurement) ours(i Incident) bool {
	return m.marks.damaged && i.Recovered >= m.marks.fired
}

func (m *measurement) incidents(a Analysis) []Incident { return m.only(a.Incidents) }

func (m *measurement) only(list []Incident) []Incident {
	return slices.DeleteFunc(slices.Clone(list), func(i Incident) bool { return !m.ours(i) })
}

// blame says of incidents which step caused them.
func (m *measurement) blame(lists ...[]Incident) {
	for _, list := range lists {
		for i := range list {
			list[i].Cause = m.cause(list[i])
		}
	}
}

// cause is the last step fired before an incident's first bad request had ended,
// unless that step's damage was over before the incident began.
func (m *measurement) cause(i Incident) string {
	step, at := "", time.Duration(-1)
	for _, f := range m.marks.faults {
		if f.IsFired && f.Fired >= at && i.Start >= f.Fired-m.spec.Load.Timeout && i.Recovered >= f.Fired && i.StartLow <= m.marks.lasts(f) {
			step, at = f.Step.ID, f.Fired
		}
	}
	return step
}

// outages are the disruptions from which loss counts: t_F is the start of what
// clients saw of a step's damage (t_A), or t_inj when they saw nothing (lossAt).
func (m *measurement) outages(a Analysis) []span {
	var out []span
	for _, f := range m.marks.faults {
		if !f.IsInForce {
			continue
		}
		s := span{from: f.InForce, to: f.goneAt()}
		for _, i := range m.incidents(a) {
			if i.Cause == f.Step.ID {
				s.from, s.to, s.seen = min(s.from, i.Start), max(s.to, i.Recovered), true
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b span) int { return int(a.from - b.from) })
	return out
}

func regionShares(phases []PhaseStats) []RegionShare {
	by := map[string]*RegionShare{}
	for _, p := range phases {
		for r, n := range p.ByRegion {
			if by[r] == nil {
				by[r] = &RegionShare{Region: r, ByPhase: map[string]uint64{}}
			}
			by[r].ByPhase[p.Name] += n
			by[r].Total += n
		}
	}
	out := []RegionShare{}
	for _, r := range sortedKeys(by) {
		out = append(out, *by[r])
	}
	return out
}

func unknown(metric string, u Unit, why string) Reading {
	return Reading{Metric: metric, Unit: u, Why: why}
}

func known(metric string, u Unit, v, low, high float64, clock string) Reading {
	return Reading{Metric: metric, Unit: u, Value: v, Low: low, High: high, Known: true, Clock: clock}
}

func exact(metric string, u Unit, v float64, clock string) Reading {
	return known(metric, u, v, v, v, clock)
}

func (m *measurement) readings(a Analysis) []Reading {
	rs := append(m.timings(a), m.ratios(a)...)
	rs = append(rs, m.data(a)...)
	rs = append(rs, m.originReadings(a.Origins)...)
	rs = append(rs, m.alertReadings(a.Alerts)...)
	rs = append(rs, m.letIn(a)...)
	rs = append(rs, m.limited()...)
	rs = append(rs, m.aborts(a)...)
	for i := range rs {
		r := &rs[i]
		for _, f := range []*float64{&r.Value, &r.Low, &r.High} {
			if math.IsNaN(*f) || math.IsInf(*f, 0) {
				*f, r.Known, r.Why = 0, false, "not a number"
			}
		}
	}
	return rs
}

// unknowns are readings that all lack the same thing.
func unknowns(why string, metrics ...string) []Reading {
	var out []Reading
	for _, d := range Metrics() {
		if slices.Contains(metrics, d.Name) {
			out = append(out, unknown(d.Name, d.Unit, why))
		}
	}
	return out
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
