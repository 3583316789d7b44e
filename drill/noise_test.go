package drill_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// noisy fails some requests of a healthy system.
func noisy(ss []drill.Sample, ratio float64, rng *rand.Rand) {
	for i := range ss {
		if rng.Float64() < ratio {
			ss[i].Class, ss[i].Status = drill.HTTP5xx, 503
		}
	}
}

// TestOracleInNoise has outages over a background of bad requests that counts as
// recovered (less than theta_up). A stray one must not move an edge: neither by
// the window before it nor by a hold after it.
func TestOracleInNoise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate, noise float64
		near        int // of 100 that are within an interval + 5 ms
	}{{20, 0.0005, 97}, {100, 0.0005, 97}, {100, 0.003, 90}, {300, 0.003, 90}} {
		var off []time.Duration
		near, held := 0, 0
		for i := range uint64(100) {
			rng := rand.New(rand.NewPCG(i, 11))
			from := 7*sec + time.Duration(rng.Int64N(int64(sec)))
			truth := outage{"503", from, from + 2*sec + time.Duration(rng.Int64N(int64(4*sec)))}
			sp := spec(c.rate, 0)
			ss := newModel(i, truth).stream(sp, 22*sec)
			noisy(ss, c.noise, rng)
			a := measure(t, log(from, truth.to, 25*sec), ss, nil, sp)
			if len(a.Incidents) != 1 {
				t.Fatalf("%+v, trial %d: %s", c, i, show(a))
			}
			in, rta := a.Incidents[0], a.Reading(drill.MetricRTA)
			d := max((in.Start - truth.from).Abs(), (in.Recovered - truth.to).Abs())
			if d <= time.Duration(float64(sec)/c.rate)+5*ms {
				near++
			}
			if x := (truth.to - truth.from).Seconds(); x >= rta.Low && x <= rta.High {
				held++
			}
			off = append(off, d)
		}
		slices.Sort(off)
		t.Logf("%v/s, %v %% bad: %d of 100 near, %d held by the bounds; off by p50 %v p95 %v max %v", c.rate, 100*c.noise, near, held, off[50], off[95], off[99])
		if near < c.near || held < 98 {
			t.Errorf("%v/s, %v %% bad: %d of 100 near, want %d; %d held by the bounds, want 98", c.rate, 100*c.noise, near, c.near, held)
		}
	}
}

// TestOracleOfChance has outages in which each request fails with a chance of one
// half: nobody can tell the edges sharply, but the bounds must know that.
func TestOracleOfChance(t *testing.T) {
	t.Parallel()
	held := 0
	for i := range uint64(100) {
		rng := rand.New(rand.NewPCG(i, 12))
		from := 7*sec + time.Duration(rng.Int64N(int64(sec)))
		to := from + 2*sec + time.Duration(rng.Int64N(int64(4*sec)))
		sp := spec(40+rng.Float64()*200, 0)
		ss := newModel(i).stream(sp, 22*sec)
		for j := range ss {
			if at := (ss[j].Start + ss[j].End) / 2; at >= from && at < to && rng.IntN(2) == 0 {
				ss[j].Class, ss[j].Status = drill.HTTP5xx, 503
			}
		}
		a := measure(t, log(from, to, 25*sec), ss, nil, sp)
		if in := a.Incidents[0]; len(a.Incidents) == 1 && from >= in.StartLow && from <= in.StartHigh && to >= in.RecoveredLow && to <= in.RecoveredHigh {
			held++
		}
	}
	if held < 99 {
		t.Errorf("the bounds held %d of 100 outages by chance, want 99", held)
	}
}

// TestDegradedIsNotRecovered stays at 4 % bad after a total outage: less than an
// outage, more than recovered.
func TestDegradedIsNotRecovered(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{50, 300} {
		sp := spec(rate, 0)
		sp.Hold = 5 * sec
		ss := newModel(1, outage{"503", 8 * sec, 10 * sec}).stream(sp, 30*sec)
		for i := range ss {
			if s := &ss[i]; s.Intended > 10*sec && s.Slot%25 == 0 {
				s.Class, s.Status = drill.HTTP5xx, 503
			}
		}
		a := measure(t, log(8*sec, 12*sec, 31*sec), ss, nil, sp)
		in := a.Incidents[0]
		if in.IsRecovered || in.Downtime < 2*sec-20*ms || in.Downtime > 2*sec+300*ms {
			t.Errorf("%v/s: recovered %v at %v, down for %v", rate, in.IsRecovered, in.Recovered, in.Downtime)
		}
		if r := a.Reading(drill.MetricRTA); !r.Censored {
			t.Errorf("%v/s: %+v", rate, r)
		}
	}
}
