package drill

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The outcomes of a gate. Only a regression makes a drill fail.
const (
	GateRegression  = "regression"   // worse, by more than the margin, and hardly by chance
	GateNoWorse     = "no-worse"     // shown to be no worse than the margin allows
	GateNotShown    = "not-shown"    // no regression shown, nor that there is none
	GateTooFew      = "too-few"      // so few runs cannot show anything
	GateNotMeasured = "not-measured" // some run has no number
)

// A Gate is one reading of the candidates held against the baseline.
type Gate struct {
	Metric    string    `json:"metric"`
	Objective string    `json:"objective"`
	Unit      Unit      `json:"unit"`
	Outcome   string    `json:"outcome"`
	Text      string    `json:"text"`
	Baseline  []float64 `json:"baseline"` // what its runs measured
	Candidate []float64 `json:"candidate"`
	Median    float64   `json:"baseline_median"`
	// Margin is the least difference that counts: the largest of what the
	// scenario allows, the resolution, and one interval of the health checks.
	Margin float64 `json:"margin"`
	// Shift estimates how much worse the candidates are (Hodges-Lehmann), and
	// ShiftBelow bounds it from above; null when there is no bound.
	Shift      float64  `json:"shift"`
	ShiftBelow *float64 `json:"shift_below_95"`
	P          float64  `json:"p"`      // one-sided, exact
	Adjusted   float64  `json:"p_holm"` // for the number of gates
	MinP       float64  `json:"min_p"`  // the smallest that so many runs can reach
}

func newGate(candidates, baseline []Record, want Regression) Gate {
	g := Gate{Metric: want.Metric, Objective: want.Objective, Baseline: []float64{}, Candidate: []float64{}, P: 1,
		MinP: minP(len(baseline), len(candidates))}
	for _, m := range Metrics() {
		if m.Name == want.Metric {
			g.Unit = m.Unit
		}
	}
	resolution, missing := 0.0, 0
	collect := func(runs []Record, into *[]float64) {
		for _, r := range runs {
			rd := r.Analysis.Reading(want.Metric)
			if !rd.Known {
				missing++
				continue
			}
			resolution = max(resolution, (rd.High-rd.Low)/2)
			*into = append(*into, rankValue(rd))
		}
	}
	collect(baseline, &g.Baseline)
	collect(candidates, &g.Candidate)
	if missing > 0 {
		g.Outcome = GateNotMeasured
		g.Text = fmt.Sprintf("%s was not measured in %d of %d runs: it cannot be compared", want.Objective, missing, len(baseline)+len(candidates))
		g.Baseline, g.Candidate = finite(g.Baseline), finite(g.Candidate)
		return g
	}
	if len(g.Baseline) > 0 {
		g.Median = median(g.Baseline)
		g.P = mannWhitney(g.Baseline, g.Candidate)
		g.Shift = shiftEstimate(g.Baseline, g.Candidate)
		if up := shiftBelow(g.Baseline, g.Candidate, Alpha); !math.IsInf(up, 0) {
			g.ShiftBelow = &up
		}
	}
	g.Margin = max(want.Absolute, want.Relative*g.Median, resolution)
	if g.Unit == Seconds {
		g.Margin = max(g.Margin, checkInterval(candidates).Seconds())
	}
	return g
}

func checkInterval(runs []Record) time.Duration {
	var d time.Duration
	for _, r := range runs {
		d = max(d, r.Spec.HealthInterval)
	}
	return d
}

// decide follows the gate of measuring.md 5.3: too few first, then a regression
// needs both a small p and more than the margin.
func (g *Gate) decide(gates int) {
	n, m := len(g.Baseline), len(g.Candidate)
	alpha := Alpha / float64(gates)
	switch {
	case g.Outcome != "":
	case g.MinP > alpha*(1+1e-9):
		g.Outcome, g.Text = GateTooFew, tooFew(n, m, alpha)
	case g.Adjusted <= Alpha*(1+1e-9) && g.Shift >= g.Margin:
		g.Outcome = GateRegression
		g.Text = fmt.Sprintf("worse by %s, of which %s is allowed (p = %.3g, %d v %d)", g.amount(g.Shift), g.amount(g.Margin), g.Adjusted, n, m)
	case g.ShiftBelow != nil && *g.ShiftBelow <= g.Margin:
		g.Outcome = GateNoWorse
		g.Text = fmt.Sprintf("no worse than %s allows: at most %s worse (95 %%, %d v %d)", g.amount(g.Margin), g.amount(max(0, *g.ShiftBelow)), n, m)
	default:
		g.Outcome = GateNotShown
		g.Text = fmt.Sprintf("no regression shown, but up to %s worse is still compatible (%d v %d)", g.below(), n, m)
	}
	g.Baseline, g.Candidate = finite(g.Baseline), finite(g.Candidate)
	g.Shift, g.Median, g.Margin = bounded(g.Shift), bounded(g.Median), bounded(g.Margin)
	if g.ShiftBelow != nil {
		*g.ShiftBelow = bounded(*g.ShiftBelow)
	}
}

func (g *Gate) below() string {
	if g.ShiftBelow == nil {
		return "any amount"
	}
	return g.amount(*g.ShiftBelow)
}

func (g *Gate) amount(v float64) string {
	switch {
	case math.IsInf(v, 0) || v >= math.MaxFloat64:
		return "more than was observed"
	case g.Unit == Seconds:
		if math.Abs(v) < 0.1 { // of latencies
			return Seconds.precise(v, 3)
		}
		return fmt.Sprintf("%.2f s", v)
	}
	return g.Unit.precise(v, 3)
}

// finite replaces what JSON cannot hold: "more than the load lasted".
func finite(v []float64) []float64 {
	out := []float64{}
	for _, x := range v {
		out = append(out, bounded(x))
	}
	return out
}

func bounded(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return max(-math.MaxFloat64, min(math.MaxFloat64, v))
}

// tooFew says how many runs it takes instead of judging.
func tooFew(n, m int, alpha float64) string {
	var need []string
	for _, k := range []int{m, 1, 3, 5} {
		text := fmt.Sprintf("%d v %d", enough(k, alpha), k)
		if k > 0 && !strings.Contains(strings.Join(need, ", "), text) {
			need = append(need, text)
		}
	}
	return fmt.Sprintf("cannot tell with %d v %d; it takes %s (runs of the baseline v runs now)", n, m, strings.Join(need, ", or "))
}

// enough is how many runs of the baseline k candidates need.
func enough(k int, alpha float64) int {
	for n := 1; ; n++ {
		if minP(n, k) <= alpha*(1+1e-9) || k == 0 {
			return n
		}
	}
}
