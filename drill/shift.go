package drill

import "time"

// A Shift is when a survivor took over from a region that a step took away: t_sw
// of measuring.md 1.3, the intended start of the first good request that a
// survivor served and that would have been the lost region's. Clients may see
// nothing else of a failover that a gateway's retries mask.
type Shift struct {
	Step   string        `json:"step"`
	Region string        `json:"region,omitempty"` // who took over
	At     time.Duration `json:"at_ns"`            // t_sw
	// Low is the start of the request before it, High the end of its answer.
	Low  time.Duration `json:"low_ns"`
	High time.Duration `json:"high_ns"`
	// IsSeen is false when no survivor served anything while the damage lasted:
	// the instants are then those of the last request of that time.
	IsSeen bool   `json:"is_seen"`
	Why    string `json:"why,omitempty"` // why it cannot be told
}

// shifts looks for t_sw of every step that takes regions away. Which requests
// would have been the lost region's cannot be seen from one: so only those
// survivors count that served nothing at all before the damage.
type shifts struct {
	before map[string]bool // regions that served in the steady phase and until the damage
	last   time.Duration   // intended start of the request before
	any    bool
	open   []*openShift
}

type openShift struct {
	Shift
	from, inj, until time.Duration
}

func newShifts(m marks) shifts {
	s := shifts{before: map[string]bool{}}
	for _, f := range m.faults {
		if !f.Step.TakesDown || !f.IsInForce {
			continue
		}
		from := f.InForce
		for _, at := range f.Effects {
			from = min(from, at)
		}
		s.open = append(s.open, &openShift{Shift: Shift{Step: f.Step.ID}, from: from, inj: f.InForce, until: m.lasts(f)})
	}
	return s
}

// add takes one request since the steady phase began.
func (s *shifts) add(x *Sample, good bool, m *marks) {
	served := good && x.Region != ""
	if served && x.End < m.damage {
		s.before[x.Region] = true
	}
	took := served && !m.lost[x.Region] && !s.before[x.Region]
	for _, o := range s.open {
		switch {
		case o.IsSeen || x.End < o.from || x.Intended > o.until:
		case took:
			o.IsSeen, o.Region, o.At, o.High = true, x.Region, x.Intended, x.End
			o.Low = min(x.Intended, o.from)
			if s.any {
				o.Low = s.last
			}
		default:
			o.At, o.Low, o.High = x.Intended, x.Intended, x.End
		}
	}
	s.last, s.any = x.Intended, true
}

// finish gives the shifts, with what keeps one from being told.
func (s *shifts) finish(m marks) []Shift {
	out := []Shift{}
	survivors := false
	for r := range s.before {
		survivors = survivors || !m.lost[r]
	}
	for _, o := range s.open {
		if survivors && !o.IsSeen {
			o.Why = "survivors served before the damage, too: no request can be told to have been the lost region's"
		}
		out = append(out, o.Shift)
	}
	return out
}

// shift is the slowest of them.
func (m *measurement) shift(a Analysis) Reading {
	if len(a.Shifts) == 0 {
		return unknown(MetricShift, Seconds, "no step took a whole region away")
	}
	out := known(MetricShift, Seconds, 0, 0, 0, "fault in force (t_inj) to the first good request that a survivor served for the lost region (t_sw)")
	for i, s := range a.Shifts {
		if s.Why != "" {
			return unknown(MetricShift, Seconds, s.Why)
		}
		since := func(t time.Duration) float64 { return max(0, t-m.shifts.open[i].inj).Seconds() }
		out.Value, out.Low, out.High = max(out.Value, since(s.At)), max(out.Low, since(s.Low)), max(out.High, since(s.High))
		out.Censored = out.Censored || !s.IsSeen
	}
	return out
}

// addedLatency is what a failover costs those who were served: the 99th
// percentile of the fault phase less that of the steady phase.
func addedLatency(phases []PhaseStats) Reading {
	p99 := map[string]time.Duration{}
	for _, p := range phases {
		if p.P99 >= 0 {
			p99[p.Name] = p.P99
		}
	}
	was, ok1 := p99[PhaseSteady]
	is, ok2 := p99[PhaseFault]
	if !ok1 || !ok2 {
		return unknown(MetricAddedLatency, Seconds, "no good request in the steady or in the fault phase")
	}
	d, off := (is - was).Seconds(), bucketShare
	return known(MetricAddedLatency, Seconds, max(0, d), max(0, d-off*is.Seconds()), max(0, d+off*was.Seconds()),
		"99th percentile of good requests of the fault phase, less that of the steady phase")
}
