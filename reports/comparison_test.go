package reports

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

func compared() Comparison {
	known := func(metric string, v float64, u drill.Unit) drill.Reading {
		return drill.Reading{Metric: metric, Value: v, Low: v, High: v, Unit: u, Known: true}
	}
	rec := drill.Record{RunID: "r1", Verdict: drill.Pass, Analysis: drill.Analysis{
		Phases:   []drill.PhaseStats{{Name: drill.PhaseWarmup, P99: time.Hour}, {Name: drill.PhaseSteady, P99: 4200 * time.Microsecond}},
		Readings: []drill.Reading{known(drill.MetricRTA, 3.25, drill.Seconds), known(drill.MetricLostWrites, 7, drill.Count), known(drill.MetricAvailability, 0.912, drill.Ratio)}}}
	bad := rec
	bad.Verdict, bad.Reason, bad.Analysis = drill.Inconclusive, "saturated", drill.Analysis{}
	return Comparison{Name: "c", Title: "Ways | means", Loss: "all is lost", Variants: []ComparisonLine{
		LineOf("warm", "full size", rec, 18), LineOf("cold|dark", "nothing there", bad, 6)}}
}

func TestComparisonTable(t *testing.T) {
	var b strings.Builder
	if err := ComparisonTable(&b, compared(), Options{Width: 140}); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{"Ways | means: all is lost", "variant detected failover RTO RPO lost available p99 nodes", "warm - - 3.25 s - 7 91.20 % 4.2 ms 18",
		"cold|dark - - - - - - none 6", "• warm: full size", "• cold|dark: inconclusive: saturated"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestComparisonMarkdownAndJSON(t *testing.T) {
	var b strings.Builder
	if err := ComparisonMarkdown(&b, compared()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"**Ways | means**: all is lost.", "| warm | - | - | 3.25 s | - | 7 | 91.20 % | 4.2 ms | 18 |\n", `| cold\|dark | - |`, "cold|dark is inconclusive: saturated"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	b.Reset()
	var back Comparison
	if err := ComparisonJSON(&b, compared()); err != nil || json.Unmarshal([]byte(b.String()), &back) != nil || len(back.Variants) != 2 || back.Variants[0].RTA.Value != 3.25 || back.Variants[1].RTA.Known {
		t.Errorf("%v\n%s", err, b.String())
	}
}
