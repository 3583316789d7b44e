package figures

import (
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	_ "github.com/drillctl/drillctl/internal/golden" // for -update of all reports at once
)

const ms = time.Millisecond

func TestSeconds(t *testing.T) {
	for _, c := range []struct {
		s    float64
		want string
	}{{0, "0 s"}, {4.311, "4.31 s"}, {0.004, "0.004 s"}, {0.00004, "0.00004 s"}, {99.99, "99.99 s"}, {129.6, "129.6 s"}, {725, "12 min 5 s"}, {7320, "2 h 2 min"}, {260000, "3 d"}} {
		if got := Seconds(c.s); got != c.want {
			t.Errorf("Seconds(%v) = %q, want %q", c.s, got, c.want)
		}
	}
}

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{{0, "0 s"}, {500 * ms, "500 ms"}, {5 * time.Second, "5 s"}, {90 * time.Second, "90 s"}, {5 * time.Minute, "5 min"}, {72 * time.Hour, "3 d"}} {
		if got := Span(c.d); got != c.want {
			t.Errorf("Span(%v) = %q, want %q", c.d, got, c.want)
		}
	}
}

func TestLatency(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{{-1, "none"}, {0, "0 ms"}, {400 * time.Microsecond, "0.4 ms"}, {20 * time.Microsecond, "0.02 ms"}, {41 * ms, "41 ms"}, {1020 * ms, "1.02 s"}} {
		if got := Latency(c.d); got != c.want {
			t.Errorf("Latency(%v) = %q, want %q", c.d, got, c.want)
		}
	}
}

// TestPercent never reads as all or nothing what is not.
func TestPercent(t *testing.T) {
	for _, c := range []struct {
		r    float64
		want string
	}{{0, "0 %"}, {1, "100 %"}, {0.9042, "90.42 %"}, {0.9995, "99.95 %"}, {0.99999, "99.999 %"}, {0.0000412, "0.004 %"}, {1.42, "142.00 %"}, {0.5, "50.00 %"}} {
		if got := Percent(c.r); got != c.want {
			t.Errorf("Percent(%v) = %q, want %q", c.r, got, c.want)
		}
	}
}

func TestShareAndCount(t *testing.T) {
	for _, c := range []struct {
		n, all uint64
		want   string
	}{{0, 0, "-"}, {0, 5, "0 %"}, {5, 5, "100 %"}, {1, 7000, "< 0.1 %"}, {6999, 7000, "> 99.9 %"}, {1, 8, "12.5 %"}} {
		if got := Share(c.n, c.all); got != c.want {
			t.Errorf("Share(%d, %d) = %q, want %q", c.n, c.all, got, c.want)
		}
	}
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

// TestReadings: the value rounds to the nearest, its bounds to the side that
// promises nothing, and what is unknown is never a number.
func TestReadings(t *testing.T) {
	for _, c := range []struct {
		name                         string
		r                            drill.Reading
		achieved, resolution, bounds string
	}{
		{"plain", drill.Reading{Value: 4.314, Low: 4.2891, High: 4.3312, Unit: drill.Seconds, Known: true}, "4.31 s", "±0.03 s", "4.28 to 4.34 s"},
		{"unknown", drill.Reading{Unit: drill.Seconds, Why: "x"}, "not measured", "", ""},
		{"unknown count", drill.Reading{Unit: drill.Count}, "not measured", "", ""},
		{"censored", drill.Reading{Value: 30.009, Low: 30, High: 30.1, Unit: drill.Seconds, Known: true, Censored: true}, "> 30.00 s", "", ""},
		{"below its resolution", drill.Reading{High: 0.023, Unit: drill.Seconds, Known: true}, "< 0.03 s", "±0.02 s", "0 to 0.03 s"},
		{"exactly zero", drill.Reading{Unit: drill.Count, Known: true}, "0", "exact", ""},
		{"count", drill.Reading{Value: 1200, Low: 1200, High: 1200, Unit: drill.Count, Known: true}, "1,200", "exact", ""},
		{"latency", drill.Reading{Metric: drill.MetricP99, Value: 0.017861827, Low: 0.017722281, High: 0.017861827, Unit: drill.Seconds, Known: true}, "18 ms", "±0.1 ms", "17 to 18 ms"},
		{"short latency", drill.Reading{Metric: drill.MetricAddedLatency, Value: 0.00479, Low: 0.00465, High: 0.00489, Unit: drill.Seconds, Known: true}, "4.8 ms", "±0.2 ms", "4.6 to 4.9 ms"},
		{"no added latency", drill.Reading{Metric: drill.MetricAddedLatency, Unit: drill.Seconds, Known: true}, "0 s", "exact", ""},
		{"long latency", drill.Reading{Metric: drill.MetricP99, Value: 1.0202, Low: 0.997, High: 1.0202, Unit: drill.Seconds, Known: true}, "1.02 s", "±12 ms", "997 ms to 1.03 s"},
		{"ratio", drill.Reading{Value: 0.7, Low: 0.69, High: 0.71, Unit: drill.Ratio, Known: true}, "70.00 %", "±1.00 %", "69.00 to 71.00 %"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Achieved(c.r); got != c.achieved {
				t.Errorf("achieved %q, want %q", got, c.achieved)
			}
			if got := Resolution(c.r); got != c.resolution {
				t.Errorf("resolution %q, want %q", got, c.resolution)
			}
			if got := Bounds(c.r); got != c.bounds {
				t.Errorf("bounds %q, want %q", got, c.bounds)
			}
		})
	}
}

func TestAchievedBesideItsTarget(t *testing.T) {
	for _, c := range []struct {
		v, target float64
		unit      drill.Unit
		want      string
	}{
		{10.004, 10, drill.Seconds, "10.004 s"}, {10.00002, 10, drill.Seconds, "10.00002 s"}, {10, 10, drill.Seconds, "10.00 s"},
		{9.97, 10, drill.Seconds, "9.97 s"}, {0.699999, 0.7, drill.Ratio, "69.9999 %"}, {3, 2, drill.Count, "3"},
	} {
		r := drill.Result{Objective: drill.Objective{Target: c.target, Unit: c.unit},
			Reading: drill.Reading{Value: c.v, Low: c.v, High: c.v, Unit: c.unit, Known: true}}
		if got := AchievedBeside(r); got != c.want {
			t.Errorf("%v beside %v: %q, want %q", c.v, c.target, got, c.want)
		}
	}
}

// A latency that misses its target by less than is printed does not read as the target.
func TestLatencyBesideItsTarget(t *testing.T) {
	for v, want := range map[float64]string{0.4003: "400.3 ms", 0.399: "399 ms", 0.4: "400 ms"} {
		r := drill.Result{Objective: drill.Objective{Target: 0.4, Unit: drill.Seconds},
			Reading: drill.Reading{Metric: drill.MetricP99, Value: v, Low: v, High: v, Unit: drill.Seconds, Known: true}}
		if got := AchievedBeside(r); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

func TestTargetText(t *testing.T) {
	for _, c := range []struct {
		o    drill.Objective
		want string
	}{
		{drill.Objective{Op: drill.AtMost, Target: 10, Unit: drill.Seconds}, "≤ 10 s"},
		{drill.Objective{Op: drill.AtMost, Target: 1800, Unit: drill.Seconds}, "≤ 30 min"},
		{drill.Objective{Op: drill.AtMost, Target: 0.3, Unit: drill.Seconds}, "≤ 300 ms"},
		{drill.Objective{Op: drill.AtLeast, Target: 0.7, Unit: drill.Ratio}, "≥ 70 %"},
		{drill.Objective{Op: drill.AtMost, Target: 0, Unit: drill.Count}, "≤ 0"},
	} {
		if got := Target(c.o); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
