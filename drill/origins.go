package drill

import (
	"slices"
	"time"
)

// OriginReport is what the clients near one region saw: the definitions of the
// whole run, applied to the requests of that group. Slots that were skipped are
// nobody's; they widen the bounds of every group.
type OriginReport struct {
	Region string        `json:"region"` // that they are near to
	Share  float64       `json:"share"`
	Phases []OriginPhase `json:"phases"`
	// Incidents are those of each route, Outages those over all of them.
	Incidents []Incident `json:"incidents"`
	Outages   []Incident `json:"outages"`
}

// An OriginPhase is the traffic of one group of clients in one phase, by intended
// start.
type OriginPhase struct {
	Name     string            `json:"name"`
	Sent     uint64            `json:"sent"`
	Good     uint64            `json:"good"`
	Bad      uint64            `json:"bad"` // slow ones, too
	Unknown  uint64            `json:"unknown"`
	ByRegion map[string]uint64 `json:"by_region"` // good ones, by the region that served
}

// OfOrigin is the group of clients that a reading is of, "" for others.
func OfOrigin(name string) string {
	if metric, of := SplitMetric(name); metric == MetricRTA || metric == MetricAvailability {
		return of
	}
	return ""
}

// OriginMetric names a metric of one group of clients: rta or availability.
func OriginMetric(metric, region string) string { return metric + " " + region }

// An origin gathers what one group of clients sees. All methods may be called on
// nil, for requests that are of no group.
type origin struct {
	spec   OriginSpec
	watch  watches
	phases []*originPhase
	base   histogram                  // latency of its good requests of the steady phase
	gap    [numCritical]time.Duration // the longest time without a request since the damage
	counted
}

type originPhase struct {
	OriginPhase
	of *phaseAcc
}

func newOrigins(spec Spec, damage time.Duration, phases []*phaseAcc) []*origin {
	var all []*origin
	for _, s := range spec.Load.Origins {
		o := &origin{spec: s}
		for r, rate := range []float64{spec.Load.ReadRate, spec.Load.WriteRate} {
			o.watch[r] = newWatch(Route(r).String(), rate*s.Share, spec)
			o.watch[r].blip.from = damage
		}
		for _, p := range phases {
			o.phases = append(o.phases, &originPhase{OriginPhase{Name: p.stats.Name, ByRegion: map[string]uint64{}}, p})
		}
		all = append(all, o)
	}
	return all
}

// originOf is the group that a request is of, nil if there is but one.
func (m *measurement) originOf(s *Sample) *origin {
	i := slices.IndexFunc(m.origins, func(o *origin) bool { return o.spec.Region == s.Origin })
	if i < 0 {
		return nil
	}
	return m.origins[i]
}

func (o *origin) phase(s *Sample, good bool) {
	if o == nil {
		return
	}
	for _, p := range o.phases {
		if s.Intended < p.of.stats.Start || s.Intended >= p.of.stats.End {
			continue
		}
		p.Sent++
		switch {
		case s.Class == Aborted:
			p.Unknown++
		case !good:
			p.Bad++
		default:
			p.Good++
			if s.Region != "" {
				p.ByRegion[s.Region]++
			}
		}
	}
}

func (o *origin) follow(s *Sample, good bool) {
	if o == nil {
		return
	}
	w := o.watch[s.Route]
	if w.n > 0 && s.Intended >= w.blip.from {
		o.gap[s.Route] = max(o.gap[s.Route], s.Intended-w.last)
	}
	w.add(*s, good)
}

func (o *origin) latency(s *Sample) {
	if o != nil {
		o.base.add(s.Latency())
	}
}

// setBaseline takes the group's own L; for one without a good request, that of
// all.
func (o *origin) setBaseline(all time.Duration) {
	l := o.base.quantile(0.99)
	if l < 0 {
		l = all
	}
	o.watch[Read].base, o.watch[Write].base = l, l
}

func (m *measurement) originReports() []OriginReport {
	var out []OriginReport
	for _, o := range m.origins {
		r := OriginReport{Region: o.spec.Region, Share: o.spec.Share, Phases: []OriginPhase{}, Incidents: []Incident{}}
		for _, p := range o.phases {
			r.Phases = append(r.Phases, p.OriginPhase)
		}
		for _, w := range o.watch {
			r.Incidents = append(r.Incidents, w.finish()...)
		}
		r.Outages = union(r.Incidents, m.spec.Hold, o.watch.slowestStep())
		m.blame(r.Incidents, r.Outages)
		out = append(out, r)
	}
	return out
}

// originReadings are two for each group. One of which no request was made has
// none: silence is no health.
func (m *measurement) originReadings(reports []OriginReport) []Reading {
	var out []Reading
	for i, r := range reports {
		o := m.origins[i]
		rta, avail := OriginMetric(MetricRTA, r.Region), OriginMetric(MetricAvailability, r.Region)
		switch {
		case !m.marks.damaged:
			out = append(out, unknown(rta, Seconds, "no fault was proved in force"), unknown(avail, Ratio, "no fault was proved in force"))
		case o.good+o.bad == 0:
			out = append(out, unknown(rta, Seconds, "no request was made after the fault"), o.availability(avail))
		default:
			out = append(out, m.originRTA(rta, o, r.Outages), o.availability(avail))
		}
	}
	return out
}

// originRTA is rta for one group. Its requests are not evenly spaced and slots may
// be missing, so an outage that nobody saw may be as long as the longest gap.
func (m *measurement) originRTA(metric string, o *origin, outages []Incident) Reading {
	r := m.rtaOf(metric, o.watch, outages)
	if len(m.only(outages)) == 0 {
		r.High = max(r.High, (max(o.gap[Read], o.gap[Write]) + o.watch[Read].base).Seconds())
	}
	return r
}
