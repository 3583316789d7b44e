package drill_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

func TestIncidents(t *testing.T) {
	t.Parallel()
	type o = outage
	for _, c := range []struct {
		name      string
		outages   []outage
		incidents int
		flaps     float64
		rta, down float64
	}{
		{"none", nil, 0, 0, 0, 0},
		{"one", []o{{"503", 8 * sec, 10 * sec}}, 1, 0, 2, 2},
		{"flap within the hold", []o{{"503", 8 * sec, 9 * sec}, {"503", 11 * sec, 12 * sec}}, 1, 1, 4, 2},
		{"two flaps", []o{{"503", 8 * sec, 9 * sec}, {"503", 11 * sec, 12 * sec}, {"hang", 14 * sec, 15 * sec}}, 1, 2, 7, 3},
		{"apart by more than the hold", []o{{"503", 8 * sec, 9 * sec}, {"503", 13 * sec, 15 * sec}}, 2, 0, 2, 3},
		{"too short for the window", []o{{"503", 8 * sec, 8*sec + 50*ms}}, 0, 0, 0, 0},
		{"flaps before the damage are not ours", []o{{"503", sec, 2 * sec}, {"503", 3 * sec, 4 * sec}, {"503", 8 * sec, 10 * sec}}, 2, 0, 2, 2},
		{"an outage into which the damage falls", []o{{"503", 6 * sec, 10 * sec}}, 1, 0, 4, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sp := spec(100, 0)
			a := measure(t, log(8*sec, 12*sec, 25*sec), newModel(1, c.outages...).stream(sp, 24*sec), nil, sp)
			if len(a.Incidents) != c.incidents {
				t.Errorf("%d incidents, want %d: %s", len(a.Incidents), c.incidents, show(a))
			}
			for metric, want := range map[string]float64{drill.MetricFlaps: c.flaps, drill.MetricRTA: c.rta, drill.MetricDowntime: c.down} {
				if r := a.Reading(metric); math.Abs(r.Value-want) > 0.03 || r.Low > want+1e-9 || r.High < want || !r.Known {
					t.Errorf("%+v, want %v", r, want)
				}
			}
		})
	}
}

// TestShortBlipsWidenZero: an outage too short to be an incident is no proof of
// zero.
func TestShortBlipsWidenZero(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	a := measure(t, log(8*sec, 12*sec, 25*sec), newModel(1, outage{"503", 8 * sec, 8*sec + 80*ms}).stream(sp, 24*sec), nil, sp)
	if r := a.Reading(drill.MetricRTA); !r.Known || r.Value != 0 || r.High < 0.08 || r.High > 0.12 {
		t.Errorf("%+v", r)
	}
}

// TestTheWorstRouteCounts has one dead route of two: the aggregate would hide it.
func TestTheWorstRouteCounts(t *testing.T) {
	t.Parallel()
	sp := spec(300, 20)
	ss := newModel(1, outage{"refuse", 8 * sec, 9 * sec}).stream(sp, 24*sec)
	for i := range ss {
		if s := &ss[i]; s.Route == drill.Write && s.Intended > 8*sec && s.Intended < 14*sec {
			s.Class, s.Ack = drill.HTTP5xx, drill.Indeterminate
		}
	}
	a := measure(t, log(8*sec, 16*sec, 25*sec), ss, nil, sp)
	if r := a.Reading(drill.MetricRTA); math.Abs(r.Value-6) > 0.05 || len(a.Incidents) != 2 {
		t.Errorf("%+v", r)
	}
	if r := a.Reading(drill.MetricFailover); math.Abs(r.Value-6) > 0.07 || r.Low > 6 || r.High < 6 {
		t.Errorf("%+v", r)
	}
}

// TestATrickleIsNoRecovery has one good answer in ten slots after the outage, and
// no bad one.
func TestATrickleIsNoRecovery(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	var ss []drill.Sample
	for _, s := range newModel(1, outage{"503", 8 * sec, 10 * sec}).stream(sp, 24*sec) {
		if s.Intended < 10*sec || s.Intended > 16*sec || s.Slot%10 == 0 {
			ss = append(ss, s)
		}
	}
	a := measure(t, log(8*sec, 12*sec, 25*sec), ss, nil, sp)
	if in := a.Incidents[0]; in.Recovered < 15*sec || in.Recovered > 17*sec || in.RecoveredLow > 10*sec {
		t.Errorf("%+v", in)
	}
}

// TestHolesWidenTheUpperBound skips one slot in six for a second after the outage:
// the recovery is where the good answers begin, and the doubt is told.
func TestHolesWidenTheUpperBound(t *testing.T) {
	t.Parallel()
	sp := spec(300, 0)
	var ss []drill.Sample
	for _, s := range newModel(1, outage{"503", 8 * sec, 10 * sec}).stream(sp, 24*sec) {
		if s.Intended < 10*sec+100*ms || s.Intended > 11*sec+100*ms || s.Slot%6 != 0 {
			ss = append(ss, s)
		}
	}
	a := measure(t, log(8*sec, 12*sec, 25*sec), ss, nil, sp)
	in := a.Incidents[0]
	if in.Recovered < 10*sec || in.Recovered > 10*sec+10*ms {
		t.Errorf("recovered at %v, want 10s", in.Recovered)
	}
	if in.RecoveredHigh < 11*sec || in.RecoveredHigh > 12*sec {
		t.Errorf("recovered by %v at the latest, want about a window more", in.RecoveredHigh)
	}
}

func TestWarmupCountsForNothing(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	ss := newModel(1, outage{"hang", 0, 3 * sec}).stream(sp, 24*sec)
	l := log(8*sec, 12*sec, 25*sec)
	l.Events[1].At = 3 * sec
	a := measure(t, l, ss, nil, sp)
	if len(a.Incidents) != 0 || len(a.Invalid) != 0 || a.Phases[0].Good != a.Phases[0].Sent || a.Load.Skipped != 0 {
		t.Errorf("%v %v %+v", a.Incidents, a.Invalid, a.Phases[0])
	}
}

func TestMaskedFailover(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	ss := newModel(1).stream(sp, 24*sec)
	for i := range ss {
		if s := &ss[i]; s.Intended > 8*sec && s.Intended < 12*sec {
			s.Region = "b"
			s.End += 100 * ms
		}
	}
	a := measure(t, log(8*sec, 12*sec, 25*sec), ss, nil, sp)
	notes := strings.Join(a.Notes, "\n")
	for _, want := range []string{"masked failover", "b took over from steps[0] 0.00 s after", "latency rose by 100"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in %q", want, notes)
		}
	}
	fb, o := a.Reading(drill.MetricFailback), a.Reading(drill.MetricOvershoot)
	if !fb.Known || fb.Censored || fb.Low > 0 || fb.High > 2 || fb.High < fb.Value || o.Known {
		t.Errorf("%+v %+v", fb, o)
	}
}

func TestLatencyThatDidNotRise(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	a := measure(t, log(8*sec, 12*sec, 25*sec), newModel(1).stream(sp, 24*sec), nil, sp)
	if added := a.Reading(drill.MetricAddedLatency); added.Value > 0 {
		t.Fatalf("it rose by %v", added.Value)
	}
	if notes := strings.Join(a.Notes, "\n"); !strings.Contains(notes, "did not rise in the fault phase") || strings.Contains(notes, "rose by") {
		t.Errorf("%q", notes)
	}
}

func TestFailback(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		back     time.Duration
		want     float64
		censored bool
	}{{14 * sec, 2, false}, {12500 * ms, 0.5, false}, {30 * sec, 12, true}, {22 * sec, 10, true}} {
		sp := spec(100, 0)
		ss := newModel(1, outage{"refuse", 8 * sec, 9 * sec}, outage{"half", 12*sec + 10*ms, 12*sec + 210*ms}).stream(sp, 24*sec)
		for i := range ss {
			if s := &ss[i]; s.Intended > 9*sec && s.Intended < c.back && s.Class == drill.OK || s.Slot%10 == 0 {
				s.Region = "b"
			}
		}
		a := measure(t, log(8*sec, 12*sec, 25*sec), ss, nil, sp)
		r, eed := a.Reading(drill.MetricFailback), a.Reading(drill.MetricFailbackEED)
		if r.Low > c.want || r.High < c.want && !r.Censored || r.Censored != c.censored {
			t.Errorf("back at %v: %+v, want %v", c.back, r, c.want)
		}
		if eed.Low > 0.1 || eed.High < 0.1 || math.Abs(eed.Value-0.1) > 0.02 {
			t.Errorf("back at %v: %+v", c.back, eed)
		}
		if o := a.Reading(drill.MetricOvershoot); c.back == 14*sec && (o.Value < 9 || o.Value > 11) {
			t.Errorf("%+v", o)
		}
	}
}
