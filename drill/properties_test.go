package drill_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

func scene(seed uint64) (drill.Log, []drill.Sample, []drill.FinalRead, drill.Spec) {
	sp := spec(80, 40)
	sp.Budget = &drill.BudgetSpec{SLO: 0.999, Window: 30 * 24 * time.Hour}
	ss := newModel(seed, outage{"hang", 8 * sec, 9 * sec}, outage{"half", 11 * sec, 12 * sec}).stream(sp, 20*sec)
	finals := []drill.FinalRead{{Source: "gateway", Stable: true, Ranges: [][2]uint64{{1, 250}, {300, 900}}}, {Source: "b", Stable: true}}
	return log(8*sec, 12*sec, 21*sec), ss, finals, sp
}

func TestAFurtherBadRequestNeverHelps(t *testing.T) {
	t.Parallel()
	l, ss, finals, sp := scene(1)
	before := measure(t, l, ss, finals, sp)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		when := 8*sec + time.Duration(rng.Int64N(int64(11*sec)))
		more := append(slices.Clone(ss), drill.Sample{Route: drill.Read, Slot: uint64(when / (12500 * time.Microsecond)), Intended: when, Start: when, End: when + ms, Class: drill.HTTP5xx, Status: 503})
		inOrder(more)
		after := measure(t, l, more, finals, sp)
		for metric, sign := range map[string]float64{drill.MetricAvailability: 1, drill.MetricEED: -1, drill.MetricBudget: -1} {
			if sign*after.Reading(metric).Value >= sign*before.Reading(metric).Value {
				t.Errorf("%s: %v became %v by a bad request at %v", metric, before.Reading(metric).Value, after.Reading(metric).Value, when)
			}
		}
		if was, is := before.Reading(drill.MetricRTA), after.Reading(drill.MetricRTA); is.High < was.High-1e-9 {
			t.Errorf("RTA at most %v became %v by a bad request at %v", was.High, is.High, when)
		}
	}
}

func encode(t *testing.T, a drill.Analysis) string {
	t.Helper()
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTheSameInputGivesTheSameBytes also shuffles samples of equal times.
func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	l, ss, finals, sp := scene(2)
	for i := range ss { // many of them at once
		s := &ss[i]
		d := s.Intended.Truncate(50*ms) - s.Intended
		s.Intended, s.Start, s.End = s.Intended+d, s.Start+d, s.End+d
	}
	inOrder(ss)
	want := encode(t, measure(t, l, ss, finals, sp))
	rng := rand.New(rand.NewPCG(2, 2))
	for range 20 {
		rng.Shuffle(len(ss), func(i, j int) { ss[i], ss[j] = ss[j], ss[i] })
		slices.SortStableFunc(ss, func(a, b drill.Sample) int { return int(a.Intended - b.Intended) })
		if got := encode(t, measure(t, l, ss, finals, sp)); got != want {
			t.Fatalf("another order of equal times:\n%s\n%s", got, want)
		}
	}
}

func TestListsAreNeverNull(t *testing.T) {
	t.Parallel()
	a := measure(t, drill.Log{}, nil, nil, drill.Spec{Load: drill.LoadSpec{WriteRate: 1}, Steps: []drill.StepSpec{{ID: "x", Regions: []string{}, Targets: []string{}}}})
	if got := encode(t, a); strings.Contains(got, "null") {
		t.Error(got)
	}
}

func TestDisorderIsAnError(t *testing.T) {
	t.Parallel()
	for _, ss := range [][]drill.Sample{{{Intended: 2}, {Intended: 1}}, {{Route: drill.Intruder + 1}}} {
		if _, err := drill.Measure(drill.Log{}, seq(ss), nil, spec(1, 0)); err == nil {
			t.Errorf("%v was taken", ss)
		}
	}
}

// TestScaling stretches a drill by two: what is in seconds doubles, ratios stay.
func TestScaling(t *testing.T) {
	t.Parallel()
	l, ss, finals, sp := scene(3)
	was := measure(t, l, ss, finals, sp)
	for i := range l.Events {
		l.Events[i].At *= 2
	}
	for i := range ss {
		ss[i].Intended, ss[i].Start, ss[i].End = 2*ss[i].Intended, 2*ss[i].Start, 2*ss[i].End
	}
	sp.Load.ReadRate, sp.Load.WriteRate = sp.Load.ReadRate/2, sp.Load.WriteRate/2
	sp.Load.Deadline, sp.Load.Timeout, sp.Hold, sp.Detect.Window = 2*sp.Load.Deadline, 2*sp.Load.Timeout, 2*sp.Hold, 2*sp.Detect.Window
	is := measure(t, l, ss, finals, sp)
	for _, c := range []struct {
		metric string
		by     float64
	}{{drill.MetricRTA, 2}, {drill.MetricFailover, 2}, {drill.MetricDowntime, 2}, {drill.MetricEED, 2}, {drill.MetricRPA, 2}, {drill.MetricAvailability, 1}, {drill.MetricFlaps, 1}, {drill.MetricLostWrites, 1}} {
		a, b := was.Reading(c.metric), is.Reading(c.metric)
		if !a.Known || math.Abs(b.Value-c.by*a.Value) > 1e-6 || math.Abs(b.High-c.by*a.High) > 0.02 {
			t.Errorf("%s: %+v became %+v", c.metric, a, b)
		}
	}
}
