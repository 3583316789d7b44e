package drill_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// starved makes every request of a route late.
func starved(ss []drill.Sample, r drill.Route, late int) {
	for i := range ss {
		if s := &ss[i]; s.Route == r {
			s.Start += time.Duration(late) * ms
			s.End += time.Duration(late) * ms
		}
	}
}

// TestAStarvedStream spoils what rests on it, and names it.
func TestAStarvedStream(t *testing.T) {
	t.Parallel()
	const pass, unsure = drill.Pass, drill.Inconclusive
	for _, c := range []struct {
		route  drill.Route
		late   int
		metric string
		target float64
		want   drill.Verdict
	}{
		{drill.Read, 30, drill.MetricRTA, 4, unsure}, {drill.Write, 30, drill.MetricRTA, 4, unsure},
		{drill.Read, 4, drill.MetricRTA, 4, pass},   // a timer's slack
		{drill.Write, 15, drill.MetricRTA, 4, pass}, // less than its slot of 20 ms
		{drill.Read, 30, drill.MetricRPA, 4, pass}, {drill.Write, 30, drill.MetricRPA, 4, unsure}, {drill.Write, 30, drill.MetricRPA, 0, pass},
		{drill.Write, 30, drill.MetricLostWrites, 0, pass}, {drill.Write, 30, drill.MetricStale, 1, pass}, {drill.Read, 30, drill.MetricStale, 1, unsure},
		{drill.Read, 30, drill.MetricSplitBrain, 1, pass}, {drill.Write, 30, drill.MetricSplitBrain, 1, unsure},
		{drill.Read, 30, drill.MetricDowntime, 4, unsure}, {drill.Write, 30, drill.MetricFailover, 4, unsure}, {drill.Read, 30, drill.MetricFlaps, 1, unsure},
		{drill.Write, 30, drill.MetricShift, 4, unsure}, {drill.Read, 30, drill.MetricAddedLatency, 4, unsure},
	} {
		sp := spec(200, 50)
		sp.Objectives = []drill.Objective{{ID: "goal", Metric: c.metric, Op: drill.AtMost, Target: c.target}}
		ss := newModel(1, outage{"refuse", 8 * sec, 10 * sec}).stream(sp, 22*sec)
		for i := range ss {
			ss[i].Leader, ss[i].Epoch = "a", 1
			if ss[i].Intended > 10*sec && ss[i].Intended < 14*sec {
				ss[i].Region = "b"
			}
		}
		starved(ss, c.route, c.late)
		a := measure(t, log(8*sec, 12*sec, 23*sec), ss, wholeReads(), sp)
		_, v, reason := drill.Judge(sp, a)
		if v != c.want || v == unsure && !strings.Contains(reason, "grid of "+c.route.String()+"s") {
			t.Errorf("%s %d ms late, %s: %v %q, want %v", c.route, c.late, c.metric, v, reason, c.want)
		}
		for _, s := range a.Load.Streams {
			if sick := s.Route == c.route.String() && c.late == 30; s.Saturated != sick || (s.SaturatedWhy != "") != sick {
				t.Errorf("%s %d ms late: %+v", c.route, c.late, s)
			}
		}
	}
}

func wholeReads() []drill.FinalRead {
	all := [][2]uint64{{1, 1 << 20}}
	return []drill.FinalRead{{When: drill.ReadSettled, Source: "gateway", Stable: true, At: 22 * sec, Ranges: all}, {When: drill.ReadSettled, Source: "b", Stable: true, At: 22 * sec, Ranges: all}}
}

// TestTornSamples are measured as far as they go and never pass.
func TestTornSamples(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	sp.Objectives = []drill.Objective{{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 4}}
	ss := newModel(1, outage{"refuse", 8 * sec, 10 * sec}).stream(sp, 20*sec)
	cut := func(n int, end error) iter.Seq2[drill.Sample, error] {
		return func(yield func(drill.Sample, error) bool) {
			for _, s := range ss[:n] {
				if !yield(s, nil) {
					return
				}
			}
			yield(drill.Sample{}, end)
		}
	}
	for _, n := range []int{0, 1, 900, len(ss)} {
		a, err := drill.Measure(log(8*sec, 12*sec, 21*sec), cut(n, fmt.Errorf("cut: %w", drill.ErrTorn)), nil, sp)
		if err != nil {
			t.Fatal(err)
		}
		if _, v, reason := drill.Judge(sp, a); v != drill.Inconclusive || n == len(ss) && !strings.Contains(reason, "cut off") {
			t.Errorf("%d samples and a torn end: %v %q", n, v, reason)
		}
		checkCodes(t, a, "torn")
	}
	if _, err := drill.Measure(log(8*sec, 12*sec, 21*sec), cut(5, errors.New("damaged")), nil, sp); err == nil {
		t.Error("damage in the middle passed")
	}
}

// TestALittleLate: of a short stream two late requests are more than 1 %, and yet
// chance; of a long one they are nothing, and 2 % of it are no chance.
func TestALittleLate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seconds, late, skipped int
		want                   bool
	}{
		{10, 2, 0, false}, {10, 8, 0, true}, {10, 0, 8, false}, {10, 0, 16, true},
		{300, 2, 0, false}, {300, 120, 0, true}, {300, 0, 120, false}, {300, 0, 240, true},
	} {
		sp := spec(20, 0)
		end := time.Duration(c.seconds) * sec
		ss := newModel(1).stream(sp, end)
		for i := range c.late { // spread, a slot being 50 ms
			s := &ss[(2*i+1)*len(ss)/(2*c.late)]
			s.Start += 80 * ms
			s.End += 80 * ms
		}
		for i := range c.skipped {
			ss[(2*i+1)*len(ss)/(2*c.skipped)].Start = -1
		}
		ss = slices.DeleteFunc(ss, func(s drill.Sample) bool { return s.Start < 0 })
		a := measure(t, log(end/3, end/2, end+sec), ss, nil, sp)
		if got := a.Load.Streams[0]; got.Saturated != c.want {
			t.Errorf("%d of %d requests late, %d skipped: saturated %v (%s), want %v", c.late, c.seconds*20, c.skipped, got.Saturated, got.SaturatedWhy, c.want)
		}
	}
}
