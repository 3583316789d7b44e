package drill

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// timed are passing runs that measured these recovery times.
func timed(name string, rta ...float64) []Record {
	var out []Record
	for i, v := range rta {
		out = append(out, Record{RunID: fmt.Sprintf("%s-%d", name, i), Seed: uint64(i), Fingerprint: "f", Verdict: Pass, Outcome: "completed",
			Spec:     Spec{HealthInterval: 500 * time.Millisecond},
			Analysis: Analysis{Readings: []Reading{known(MetricRTA, Seconds, v, v-0.1, v+0.1, "")}}})
	}
	return out
}

func TestGate(t *testing.T) {
	many := func(n int, v float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = v + float64(i%7)*0.05
		}
		return out
	}
	for _, c := range []struct {
		name            string
		base, candidate []float64
		margin          Regression
		want            string
		text            string
	}{
		{"3 v 3, all worse: p is 0.05", []float64{3, 3.1, 3.2}, []float64{6, 6.1, 6.2}, Regression{Relative: 0.25}, GateRegression, "worse by 3.00 s, of which 0.78 s is allowed (p = 0.05, 3 v 3)"},
		{"3 v 3, worse within the margin", []float64{3, 3.1, 3.2}, []float64{3.3, 3.4, 3.5}, Regression{Relative: 0.5}, GateNoWorse, "no worse than 1.55 s allows: at most 0.50 s worse"},
		{"the check interval is the least margin", []float64{3, 3.1, 3.2}, []float64{3.3, 3.4, 3.5}, Regression{Relative: 0.01}, GateNoWorse, "no worse than 0.50 s allows"},
		{"an absolute margin", []float64{3, 3.1, 3.2}, []float64{6, 6.1, 6.2}, Regression{Absolute: 4}, GateNoWorse, "no worse than 4.00 s allows"},
		{"3 v 1 cannot tell", []float64{3, 3.1, 3.2}, []float64{60}, Regression{Relative: 0.25}, GateTooFew, "cannot tell with 3 v 1; it takes 19 v 1, or 3 v 3, or 2 v 5"},
		{"no baseline cannot tell", nil, []float64{60}, Regression{Relative: 0.25}, GateTooFew, "cannot tell with 0 v 1"},
		{"19 v 1 can", many(19, 3), []float64{6}, Regression{Relative: 0.25}, GateRegression, "19 v 1"},
		{"20 v 1, the same", many(20, 3), []float64{3.1}, Regression{Relative: 0.25}, GateNoWorse, "20 v 1"},
		{"overlapping and far apart", []float64{3, 3.1, 9}, []float64{4, 8, 8.5}, Regression{Relative: 0.1}, GateNotShown, "no regression shown, but up to 5.50 s worse is still compatible"},
		{"better", []float64{6, 6.1, 6.2}, []float64{3, 3.1, 3.2}, Regression{Relative: 0.1}, GateNoWorse, "at most 0 s worse"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.margin.Metric, c.margin.Objective = MetricRTA, "rto"
			b := Against(timed("now", c.candidate...), timed("old", c.base...), []Regression{c.margin})
			g := b.Gates[0]
			if g.Outcome != c.want || !strings.Contains(g.Text, c.text) || b.Regressed != (c.want == GateRegression) {
				t.Errorf("%s: %s, want %s: %s", g.Outcome, g.Text, c.want, c.text)
			}
		})
	}
}

// What never recovered is worse than all that did, and can be written as JSON.
func TestGateOfWhatNeverRecovered(t *testing.T) {
	now := timed("now", 30, 30, 30)
	for i := range now {
		now[i].Analysis.Readings[0].Censored = true
	}
	b := Against(now, timed("old", 3, 3.1, 3.2), []Regression{{Metric: MetricRTA, Objective: "rto", Relative: 0.25}})
	if !b.Regressed || !strings.Contains(b.Gates[0].Text, "worse by more than was observed") {
		t.Errorf("%+v", b.Gates[0])
	}
	if _, err := json.Marshal(b); err != nil {
		t.Error(err)
	}
}

func TestGateWithoutANumber(t *testing.T) {
	now := timed("now", 3, 3, 3)
	now[1].Analysis.Readings[0] = unknown(MetricRTA, Seconds, "no fault")
	b := Against(now, timed("old", 3, 3.1, 3.2), []Regression{{Metric: MetricRTA, Objective: "rto", Relative: 0.25}})
	if g := b.Gates[0]; g.Outcome != GateNotMeasured || b.Regressed || !strings.Contains(g.Text, "not measured in 1 of 6 runs") {
		t.Errorf("%+v", g)
	}
}

// Two gates share the chance of a false alarm: what 3 v 3 can show of one it
// cannot show of two.
func TestGatesShareAlpha(t *testing.T) {
	now, old := timed("now", 6, 6.1, 6.2, 6.3), timed("old", 3, 3.1, 3.2, 3.3)
	for _, rs := range [][]Record{now, old} {
		for i := range rs {
			rs[i].Analysis.Readings = append(rs[i].Analysis.Readings, known(MetricFailover, Seconds, 2, 1.9, 2.1, ""))
		}
	}
	gates := []Regression{{Metric: MetricRTA, Objective: "rto", Relative: 0.1}, {Metric: MetricFailover, Objective: "failover", Relative: 0.1}}
	b := Against(now[:3], old[:3], gates)
	if b.Gates[0].Outcome != GateTooFew || b.Regressed {
		t.Errorf("3 v 3 for two gates: %+v", b.Gates[0])
	}
	b = Against(now, old, gates)
	if b.Gates[0].Outcome != GateRegression || b.Gates[1].Outcome != GateNoWorse || b.Gates[0].Adjusted != 2*b.Gates[0].P {
		t.Errorf("4 v 4 for two gates: %+v", b.Gates)
	}
}

func TestComparable(t *testing.T) {
	runs := timed("r", 1, 2, 3, 4, 5, 6)
	runs[1].Fingerprint = "other"
	runs[2].Verdict = Fail
	runs[3].Environment.Bugs = []string{"no-failover"}
	runs[4].Fingerprint = ""
	runs[5].Outcome = "aborted"
	runs = append(runs, runs[0])
	kept, out := Comparable(runs, "f")
	if len(kept) != 1 || kept[0].RunID != "r-0" || len(out) != 5 {
		t.Errorf("kept %d, left out %v", len(kept), out)
	}
	if kept, _ := Comparable(timed("r", 1), ""); len(kept) != 0 {
		t.Error("runs without a fingerprint are comparable")
	}
}

func TestGatesOf(t *testing.T) {
	spec := Spec{Objectives: []Objective{{ID: "rto", Metric: MetricRTA}, {ID: "rpo", Metric: MetricRPA}}}
	if g := GatesOf(spec); len(g) != 1 || g[0] != (Regression{Metric: MetricRTA, Objective: "rto", Relative: 0.1}) {
		t.Errorf("%+v", g)
	}
	spec.Regression = []Regression{{Metric: MetricP99, Objective: "p99", Absolute: 1}}
	if g := GatesOf(spec); len(g) != 1 || g[0].Metric != MetricP99 {
		t.Errorf("%+v", g)
	}
}

func TestTrials(t *testing.T) {
	runs := timed("t", 3, 5, 4)
	got := Try(runs)
	if got.Text != "3 of 3 passed; up to 63 % failures are still compatible (95 %)" || len(got.Seeds) != 3 || got.Seeds[2] != 2 {
		t.Errorf("%+v", got)
	}
	r := got.Readings[0]
	if len(got.Readings) != 1 || r.Median.Value != 4 || r.Worst.Value != 5 || r.Worst.High != 5.1 || len(r.Points) != 3 || r.Points[1].RunID != "t-1" {
		t.Errorf("%+v", r)
	}
	runs[1].Verdict = Inconclusive
	if got = Try(runs); got.Text != "2 of 3 passed" || got.FailureBound != 1 {
		t.Errorf("%+v", got)
	}
	runs[2].Analysis.Readings[0].Censored = true
	if r = Try(runs).Readings[0]; !r.Worst.Censored || r.Worst.Value != 4 || r.Median.Censored || r.Median.Value != 5 {
		t.Errorf("one never recovered: %+v", r)
	}
	if r = Try(runs[1:]).Readings[0]; !r.Median.Censored {
		t.Errorf("the median of two, one of which never recovered: %+v", r.Median)
	}
	runs[0].Analysis.Readings = nil
	if r = Try(runs).Readings[0]; r.Median.Known || r.Worst.Known || !strings.Contains(r.Worst.Why, "1 of 3") {
		t.Errorf("one has no number: %+v", r)
	}
	if got = Try(nil); got.Passed != 0 || got.FailureBound != 1 || len(got.Readings) != 0 {
		t.Errorf("none: %+v", got)
	}
}

// The worst of what should be large is the smallest.
func TestTrialsOfAvailability(t *testing.T) {
	runs := timed("t", 1, 1)
	for i, v := range []float64{0.9, 0.8} {
		runs[i].Analysis.Readings = []Reading{exact(MetricAvailability, Ratio, v, "")}
	}
	if r := Try(runs).Readings[0]; r.Worst.Value != 0.8 || !(r.Median.Value > 0.849 && r.Median.Value < 0.851) {
		t.Errorf("%+v", r)
	}
}

func TestZeroFailureBound(t *testing.T) {
	for n, want := range map[int]string{1: "95 %", 3: "63 %", 5: "45 %", 10: "26 %", 29: "10 %", 59: "5 %"} {
		v := make([]float64, n)
		if got := Try(timed("t", v...)).Text; !strings.Contains(got, "up to "+want+" failures") {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestDrillJudge(t *testing.T) {
	pass, fail := timed("p", 1)[0], timed("f", 1)[0]
	fail.Verdict = Fail
	for name, c := range map[string]struct {
		d    Drill
		want Verdict
	}{
		"passes":      {Drill{Runs: []Record{pass, pass}}, Pass},
		"one missed":  {Drill{Runs: []Record{pass, fail}}, Fail},
		"no run":      {Drill{}, Inconclusive},
		"one skipped": {Drill{Runs: []Record{pass}, Skipped: "interrupted"}, Inconclusive},
		"an error":    {Drill{Runs: []Record{pass}, Errors: []string{"disk full"}}, Inconclusive},
		"regressed":   {Drill{Runs: []Record{pass}, Baseline: &Baseline{Regressed: true}}, Fail},
		"no worse":    {Drill{Runs: []Record{pass}, Baseline: &Baseline{}}, Pass},
	} {
		c.d.Judge()
		if c.d.Verdict != c.want || (c.d.Trials != nil) != (len(c.d.Runs) > 1) {
			t.Errorf("%s: %s, want %s; trials %v", name, c.d.Verdict, c.want, c.d.Trials)
		}
	}
}
