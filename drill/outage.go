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
// two routes were down counts once.
func union(incidents []Incident, hold time.Duration) []Incident {
	sorted := slices.Clone(incidents)
	slices.SortStableFunc(sorted, func(a, b Incident) int { return cmp.Compare(a.Start, b.Start) })
	out := []Incident{}
	for _, i := range sorted {
		if n := len(out); n > 0 && i.Start-out[n-1].Recovered < hold {
			out[n-1].join(i)
			continue
		}
		first := i
		first.Route, first.Bad, first.Episodes = AllRoutes, maps.Clone(i.Bad), slices.Clone(i.Episodes)
		out = append(out, first)
	}
	for n := range out {
		out[n].settle()
	}
	return out
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
	for _, e := range merged {
		o.Downtime += e.End - e.Start
	}
}
