package drill_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// TestOracle holds what is measured of 100 outages of each kind, of random phase,
// rate and length, against the truth.
func TestOracle(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"refuse", "hang", "503", "half"} {
		for _, late := range []time.Duration{0, 3 * ms} {
			t.Run(kind+"-late-"+late.String(), func(t *testing.T) {
				t.Parallel()
				oracle(t, kind, late)
			})
		}
	}
}

func oracle(t *testing.T, kind string, late time.Duration) {
	near, worst := 0, time.Duration(0)
	const trials = 100
	for i := range uint64(trials) {
		rng := rand.New(rand.NewPCG(i, 7))
		rate := 40 + rng.Float64()*300
		interval := time.Duration(float64(sec) / rate)
		if kind == "half" {
			interval *= 2
		}
		from := 7*sec + time.Duration(rng.Int64N(int64(sec)))
		truth := outage{kind, from, from + time.Duration(float64(500*ms)+rng.Float64()*float64(5*sec))}
		m := newModel(i, truth)
		m.late = late
		sp := spec(rate, 0)
		a := measure(t, log(from, truth.to, 25*sec), m.stream(sp, 22*sec), nil, sp)
		if len(a.Incidents) != 1 || !a.Incidents[0].IsRecovered {
			t.Fatalf("trial %d: %s", i, show(a))
		}
		in := a.Incidents[0]
		off := max((in.Start - truth.from).Abs(), (in.Recovered - truth.to).Abs(), (in.Recovered - in.Start - (truth.to - truth.from)).Abs())
		if off <= interval+5*ms+late {
			near++
		}
		worst = max(worst, off-interval)
		contained(t, i, a, truth)
	}
	if near < 99 {
		t.Errorf("%d of %d within an interval + 5 ms, want 99", near, trials)
	}
	t.Logf("%d of %d near, worst is %v over the interval", near, trials, worst)
}

func contained(t *testing.T, trial uint64, a drill.Analysis, truth outage) {
	t.Helper()
	in, rta := a.Incidents[0], a.Reading(drill.MetricRTA)
	if truth.from < in.StartLow || truth.from > in.StartHigh {
		t.Errorf("trial %d: start %v not within %v and %v", trial, truth.from, in.StartLow, in.StartHigh)
	}
	if truth.to < in.RecoveredLow || truth.to > in.RecoveredHigh {
		t.Errorf("trial %d: end %v not within %v and %v", trial, truth.to, in.RecoveredLow, in.RecoveredHigh)
	}
	if d := (truth.to - truth.from).Seconds(); d < rta.Low || d > rta.High || rta.Censored {
		t.Errorf("trial %d: RTA %v not within %v and %v", trial, d, rta.Low, rta.High)
	}
}

// TestLateRequestsWidenTheBounds has requests held up near an edge: the answers
// that were pending come good when the system does.
func TestLateRequestsWidenTheBounds(t *testing.T) {
	t.Parallel()
	truth := outage{"refuse", 8 * sec, 10 * sec}
	sp := spec(100, 0)
	ss := newModel(1, truth).stream(sp, 20*sec)
	for i := range ss {
		if s := &ss[i]; s.Intended > truth.to-200*ms && s.Intended < truth.to {
			s.Class, s.Status, s.Region = drill.OK, 200, "a"
			s.End = truth.to + 2*ms // it hung and was answered in the end, within the deadline
		}
	}
	a := measure(t, log(truth.from, truth.to, 25*sec), ss, nil, sp)
	contained(t, 0, a, truth)
}
