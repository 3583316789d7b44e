package reports

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		values []float64
		ascii  bool
		want   string
	}{
		{nil, false, ""}, {[]float64{3}, false, "▁"}, {[]float64{2, 2, 2}, false, "▁▁▁"}, {[]float64{0, 1}, false, "▁█"},
		{[]float64{7, 0, 3.5}, false, "█▁▅"}, {[]float64{0, 7}, true, "18"}, {[]float64{-1, 0, 1}, true, "158"},
	} {
		if got := sparkline(c.values, c.ascii); got != c.want {
			t.Errorf("%v: %q, want %q", c.values, got, c.want)
		}
	}
}

func TestTrend(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	points := []TrendPoint{{"r1", at, sec(drill.MetricRTA, 4, 0), drill.Pass}, {"r2", at.Add(time.Hour), sec(drill.MetricRTA, 11.5, 0), drill.Fail}}
	points[1].Reading.Censored = true
	var b bytes.Buffer
	if err := Trend(&b, "region-blackhole", "rta", points, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"rta of region-blackhole  2 runs, oldest first", "▁█", "r2", "> 11.50 s", "FAIL"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := Trend(&b, "x", "rta", nil, Options{}); err != nil || !strings.Contains(b.String(), "no run of x has measured rta") {
		t.Errorf("%s (%v)", b.String(), err)
	}
}
