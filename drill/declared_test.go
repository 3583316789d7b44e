package drill_test

import (
	"math"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// TestFromDeclaration: one outage of 8 to 14 s, and when people declared it.
func TestFromDeclaration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		declared []time.Duration
		want     float64 // negative: unknown
	}{
		{"within", []time.Duration{10 * sec}, 4},
		{"twice", []time.Duration{10 * sec, 12 * sec}, 4},
		{"announced before", []time.Duration{sec, 5 * sec}, 9},
		{"announced, and decided", []time.Duration{5 * sec, 11 * sec}, 3},
		{"after all was well", []time.Duration{17 * sec}, 0},
		{"never", nil, -1},
	} {
		sp := spec(200, 50)
		sp.Actions = []drill.ActionSpec{{ID: "steps[1]", Kind: drill.ActionConfirm, Declares: true}}
		l := log(8*sec, 14*sec, 23*sec)
		for _, d := range c.declared {
			l.Events = append(l.Events, drill.Event{At: d, Kind: drill.KindDeclared, Step: "steps[1]", Subject: "steps[1]"})
		}
		a := measure(t, l, newModel(1, outage{"refuse", 8 * sec, 14 * sec}).stream(sp, 22*sec), wholeReads(), sp)
		r := a.Reading(drill.MetricDeclared)
		if r.Known != (c.want >= 0) || r.Known && (math.Abs(r.Value-c.want) > 0.03 || r.Low > c.want || r.High < c.want) {
			t.Errorf("%s: %+v, want %v", c.name, r, c.want)
		}
	}
	sp := spec(200, 50)
	a := measure(t, log(8*sec, 14*sec, 23*sec), newModel(1).stream(sp, 22*sec), wholeReads(), sp)
	if r := a.Reading(drill.MetricDeclared); r.Known {
		t.Errorf("nobody was to declare anything: %+v", r)
	}
}
