package drill_test

import (
	"math"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// down makes one route fail for a while.
func down(ss []drill.Sample, r drill.Route, from, to time.Duration) {
	for i := range ss {
		if s := &ss[i]; s.Route == r && s.Intended > from && s.Intended < to {
			s.Class, s.Status = drill.HTTP5xx, 503
			if r == drill.Write {
				s.Ack = drill.Indeterminate
			}
		}
	}
}

// TestOutagesOfTheRun joins what two routes suffer: the run is down while any
// critical route is, no second counts twice, and it has recovered when all have
// for a whole hold (3 s).
func TestOutagesOfTheRun(t *testing.T) {
	t.Parallel()
	type span struct{ from, to float64 }
	for _, c := range []struct {
		name         string
		reads, write []span
		outages      int
		rta, down    float64
		flaps        int
	}{
		{"together", []span{{8, 10}}, []span{{8, 10}}, 1, 2, 2, 0},
		{"one within the other", []span{{8, 14}}, []span{{9, 10}}, 1, 6, 6, 0},
		{"overlapping", []span{{8, 11}}, []span{{10, 13}}, 1, 5, 5, 0},
		{"one after the other, less than the hold apart", []span{{8, 9}}, []span{{11, 12}}, 1, 4, 2, 0},
		{"far apart", []span{{8, 9}}, []span{{14, 16}}, 2, 2, 3, 0},
		{"one route", []span{{8, 10.5}}, nil, 1, 2.5, 2.5, 0},
		{"one route recovers later, after a blip", []span{{8, 10}, {10.9, 10.94}}, []span{{8, 10}}, 1, 2.94, 2, 0},
		{"one route flaps", []span{{8, 9}, {11, 12}}, []span{{8, 12}}, 1, 4, 4, 1},
	} {
		sp := spec(200, 100)
		ss := newModel(2).stream(sp, 24*sec)
		at := func(s float64) time.Duration { return time.Duration(s * float64(sec)) }
		for _, x := range c.reads {
			down(ss, drill.Read, at(x.from), at(x.to))
		}
		for _, x := range c.write {
			down(ss, drill.Write, at(x.from), at(x.to))
		}
		a := measure(t, log(8*sec, 20*sec, 25*sec), ss, nil, sp)
		if len(a.Outages) != c.outages {
			t.Errorf("%s: %d outages, want %d: %+v", c.name, len(a.Outages), c.outages, a.Outages)
		}
		for metric, want := range map[string]float64{drill.MetricRTA: c.rta, drill.MetricFailover: c.rta, drill.MetricDowntime: c.down, drill.MetricFlaps: float64(c.flaps)} {
			if metric == drill.MetricFailover && c.outages > 1 {
				continue // from one t_inj to the end of the second
			}
			r := a.Reading(metric)
			if math.Abs(r.Value-want) > 0.06 || want < r.Low-0.001 || want > r.High+0.001 {
				t.Errorf("%s: %s is %+v, want %v", c.name, metric, r, want)
			}
		}
		for _, o := range a.Outages {
			if o.Route != drill.AllRoutes || o.Cause != "steps[0]" || !o.IsRecovered || o.Downtime > o.Recovered-o.Start {
				t.Errorf("%s: %+v", c.name, o)
			}
		}
	}
}

// TestWhoTookOver finds t_sw, in sight and where nobody saw an error.
func TestWhoTookOver(t *testing.T) {
	t.Parallel()
	const survivors = "survivors served before the damage, too: no request can be told to have been the lost region's"
	for _, c := range []struct {
		name     string
		outages  []outage
		served   func(s *drill.Sample) string // the region of a good answer
		at       float64                      // after the fault
		censored bool
		why      string
	}{
		{"after an outage", []outage{{"refuse", 8 * sec, 10 * sec}}, func(s *drill.Sample) string { return pick(s.Intended > 10*sec, "b", "a") }, 2, false, ""},
		{"masked", nil, func(s *drill.Sample) string { return pick(s.Intended > 8*sec+500*ms, "b", "a") }, 0.5, false, ""},
		{"at once", nil, func(s *drill.Sample) string { return pick(s.End > 8*sec, "b", "a") }, 0, false, ""},
		{"by nobody", []outage{{"refuse", 8 * sec, 14 * sec}}, func(*drill.Sample) string { return "a" }, 4, true, ""},
		{"after the damage", []outage{{"refuse", 8 * sec, 14 * sec}}, func(s *drill.Sample) string { return pick(s.Intended > 14*sec, "b", "a") }, 4, true, ""},
		{"shared before", nil, func(s *drill.Sample) string { return pick(s.Slot%2 == 0, "b", "a") }, 0, false, survivors},
	} {
		sp := spec(100, 0)
		sp.Steps[0].For = 4 * sec
		ss := newModel(1, c.outages...).stream(sp, 24*sec)
		for i := range ss {
			if s := &ss[i]; s.Class == drill.OK {
				s.Region = c.served(s)
			}
		}
		a := measure(t, log(8*sec, 12*sec, 25*sec), ss, nil, sp)
		r := a.Reading(drill.MetricShift)
		if c.why != "" {
			if r.Known || r.Why != c.why {
				t.Errorf("%s: %+v", c.name, r)
			}
			continue
		}
		if !r.Known || r.Censored != c.censored || math.Abs(r.Value-c.at) > 0.03 || r.Low > c.at || r.High < c.at-0.02 {
			t.Errorf("%s: %+v, want %v", c.name, r, c.at)
		}
	}
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}
