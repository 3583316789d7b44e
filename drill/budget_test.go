package drill_test

import (
	"math"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

const month = 30 * 24 * time.Hour

// TestAlertsFireWhenTheBookSays holds the figures of measuring.md 1.4.
func TestAlertsFireWhenTheBookSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		slo   float64
		needs [3]float64
	}{
		{0.99, [3]float64{518.4, 1296, 2592}}, {0.995, [3]float64{259.2, 648, 1296}}, {0.999, [3]float64{51.84, 129.6, 259.2}},
		{0.9995, [3]float64{25.92, 64.8, 129.6}}, {0.9999, [3]float64{5.184, 12.96, 25.92}},
	} {
		b := spent(t, c.slo, 2*sec)
		for i, want := range c.needs {
			if got := b.Alerts[i].Needs.Seconds(); math.Abs(got-want) > 1e-3 {
				t.Errorf("%v: row %d needs %v s, want %v", c.slo, i, got, want)
			}
		}
	}
}

// spent measures a total outage of some length against an SLO.
func spent(t *testing.T, slo float64, length time.Duration) drill.BudgetReport {
	t.Helper()
	sp := spec(20, 0)
	sp.Budget = &drill.BudgetSpec{SLO: slo, Window: month}
	end := 12*sec + length
	a := measure(t, log(8*sec, 8*sec+length, end+sec), newModel(1, outage{"503", 8 * sec, 8*sec + length}).stream(sp, end), nil, sp)
	return *a.Budget
}

func TestBudget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		slo      float64
		length   time.Duration
		consumed float64
		fired    [3]bool
	}{
		{0.999, 10 * sec, 0.0039, [3]bool{}},
		{0.999, 30 * sec, 0.0116, [3]bool{}},
		{0.999, 51 * sec, 0.0197, [3]bool{}},
		{0.999, 53 * sec, 0.0204, [3]bool{true, false, false}},
		{0.999, 60 * sec, 0.0231, [3]bool{true, false, false}},
		{0.999, 131 * sec, 0.0505, [3]bool{true, true, false}},
		{0.999, 300 * sec, 0.116, [3]bool{true, true, true}},
		{0.9999, 5 * sec, 0.0193, [3]bool{}},
		{0.9999, 30 * sec, 0.116, [3]bool{true, true, true}},
		{0.9999, 300 * sec, 1.16, [3]bool{true, true, true}},
	} {
		b := spent(t, c.slo, c.length)
		if math.Abs(b.Consumed/c.consumed-1) > 0.02 || (b.EED-c.length).Abs() > 100*ms || math.Abs(b.PeakBurn*(1-c.slo)-1) > 1e-9 {
			t.Errorf("%v of %v: %+v", c.length, c.slo, b)
		}
		for i, a := range b.Alerts {
			if a.Fired != c.fired[i] || a.Fired && (a.FiredAt-8*sec-a.Needs).Abs() > 2*sec {
				t.Errorf("%v of %v: %+v, want %v", c.length, c.slo, a, c.fired[i])
			}
		}
	}
}
