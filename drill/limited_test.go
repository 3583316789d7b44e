package drill_test

import (
	"testing"

	"github.com/drillctl/drillctl/drill"
)

// The share of 429 counts from the fault on, over what was answered; nobody hears
// of it where it is 0 and not asked for.
func TestRateLimited(t *testing.T) {
	t.Parallel()
	target := drill.Objective{ID: "rate-limited", Metric: drill.MetricLimited, Op: drill.AtMost, Target: 0.05, Unit: drill.Ratio}
	for name, tt := range map[string]struct {
		status  func(i int) uint16 // of the request that is the i-th after the fault
		asked   bool
		known   bool
		value   float64
		verdict drill.Verdict
	}{
		"none, not asked":   {func(int) uint16 { return 200 }, false, false, 0, drill.Inconclusive},
		"none":              {func(int) uint16 { return 200 }, true, true, 0, drill.Pass},
		"one of ten":        {func(i int) uint16 { return either(i%10 == 0, 429, 200) }, true, true, 0.1, drill.Fail},
		"told, not asked":   {func(i int) uint16 { return either(i%10 == 0, 429, 200) }, false, true, 0.1, drill.Inconclusive},
		"of those answered": {func(i int) uint16 { return either(i%2 == 0, 0, either(i%50 == 1, 429, 503)) }, true, true, 0.04, drill.Pass},
		"nothing answered":  {func(int) uint16 { return 0 }, true, false, 0, drill.Inconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sp := spec(100, 0)
			if tt.asked {
				sp.Objectives = []drill.Objective{target}
			}
			all, n := newModel(1).stream(sp, 30*sec), 0
			for i := range all {
				s := &all[i]
				if s.Intended < 10*sec-ms {
					s.Status = 429 // before the fault it is nobody's concern
					continue
				}
				if s.Status = tt.status(n); s.Status != 200 {
					s.Class = drill.HTTP4xx
				}
				n++
			}
			a := measure(t, log(10*sec, 20*sec, 30*sec), all, nil, sp)
			r := a.Reading(drill.MetricLimited)
			if r.Known != tt.known || r.Value < tt.value-0.001 || r.Value > tt.value+0.001 {
				t.Errorf("%+v, want %v", r, tt.value)
			}
			if _, v, why := drill.Judge(sp, a); v != tt.verdict {
				t.Errorf("%v, want %v: %s", v, tt.verdict, why)
			}
		})
	}
}

func either(yes bool, a, b uint16) uint16 {
	if yes {
		return a
	}
	return b
}
