package drill

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// An Episode is one stretch of DOWN on one route.
type Episode struct {
	Start     time.Duration `json:"start_ns"`
	End       time.Duration `json:"end_ns"` // first good start after it
	Recovered bool          `json:"recovered"`
}

// An Incident is a series of DOWN episodes less than the hold apart, of one route
// or of all together.
type Incident struct {
	Route string `json:"route"`
	// Start is t_A and Recovered t_R, both intended starts of requests; the
	// bounds are those of measuring.md 1.5 rule 2.
	Start         time.Duration     `json:"start_ns"`
	StartLow      time.Duration     `json:"start_low_ns"`
	StartHigh     time.Duration     `json:"start_high_ns"`
	Recovered     time.Duration     `json:"recovered_ns"`
	RecoveredLow  time.Duration     `json:"recovered_low_ns"`
	RecoveredHigh time.Duration     `json:"recovered_high_ns"`
	IsRecovered   bool              `json:"is_recovered"`
	Downtime      time.Duration     `json:"downtime_ns"`
	Flaps         int               `json:"flaps"`
	FirstGood     time.Duration     `json:"first_good_ns"` // diagnostic only
	Episodes      []Episode         `json:"episodes"`
	Bad           map[string]uint64 `json:"bad_by_class"`
	Cause         string            `json:"cause,omitempty"` // the step in force when it began
}

// AllRoutes is the route of an outage of the run.
const AllRoutes = "all"

// union makes the outages of the run from the incidents of its routes: the run is
// down while any critical route is, and has recovered when all have for a whole
// hold. So incidents that overlap, or are less than a hold apart, are one; it
// begins with the first of them, and the last recovery ends it. A time in which
// two routes were down counts once. Slot is the widest grid of the routes.
func union(incidents []Incident, hold, slot time.Duration) []Incident {
	sorted := slices.Clone(incidents)
	slices.SortStableFunc(sorted, func(a, b Incident) int { return cmp.Compare(a.Start, b.Start) })
	out := []Incident{}
	for len(sorted) > 0 {
		n, until := 1, sorted[0].Recovered
		for n < len(sorted) && sorted[n].Start-until < hold {
			until = max(until, sorted[n].Recovered)
			n++
		}
		out = append(out, merge(sorted[:n], slot))
		sorted = sorted[n:]
	}
	return out
}

// merge makes one outage of incidents in order of their starts.
func merge(parts []Incident, slot time.Duration) Incident {
	o := parts[0]
	o.Route, o.Bad, o.Episodes = AllRoutes, maps.Clone(o.Bad), slices.Clone(o.Episodes)
	for _, i := range parts[1:] {
		o.join(i)
	}
	last := o.Recovered
	for _, i := range parts {
		// The first good request after the last bad one may be another route's, less
		// than a slot before that of the last route to recover.
		if o.IsRecovered && i.Recovered >= max(o.RecoveredLow, last-slot) {
			o.Recovered = min(o.Recovered, i.Recovered)
		}
	}
	o.settle()
	return o
}

// join takes another incident into an outage, none of which began later.
func (o *Incident) join(i Incident) {
	o.StartLow, o.StartHigh = min(o.StartLow, i.StartLow), min(o.StartHigh, i.StartHigh)
	o.Recovered, o.RecoveredLow, o.RecoveredHigh = max(o.Recovered, i.Recovered), max(o.RecoveredLow, i.RecoveredLow), max(o.RecoveredHigh, i.RecoveredHigh)
	o.IsRecovered = o.IsRecovered && i.IsRecovered
	if o.FirstGood == 0 || i.FirstGood > 0 && i.FirstGood < o.FirstGood {
		o.FirstGood = i.FirstGood
	}
	o.Episodes = append(o.Episodes, i.Episodes...)
	for class, n := range i.Bad {
		o.Bad[class] += n
	}
	o.Flaps = max(o.Flaps, i.Flaps)
}

// settle merges the episodes that overlap and adds them up. Flaps are those of
// the worst route: two routes that go down one after the other do not flap.
func (o *Incident) settle() {
	slices.SortStableFunc(o.Episodes, func(a, b Episode) int { return cmp.Compare(a.Start, b.Start) })
	merged := []Episode{}
	for _, e := range o.Episodes {
		if n := len(merged); n > 0 && e.Start <= merged[n-1].End {
			last := &merged[n-1]
			last.Recovered = last.Recovered && e.Recovered
			last.End = max(last.End, e.End)
			continue
		}
		merged = append(merged, e)
	}
	o.Episodes, o.Downtime = merged, 0
	for n := range merged {
		e := &merged[n]
		e.End = max(e.Start, min(e.End, o.Recovered))
		o.Downtime += e.End - e.Start
	}
}
