package drill

import (
	"fmt"
	"math"
	"slices"
)

// Trials are several runs of one scenario, each with its own seed and so at its
// own phase of the health checks. All must pass (measuring.md 5.3 step 3).
type Trials struct {
	N      int      `json:"n"`
	Passed int      `json:"passed"`
	Seeds  []uint64 `json:"seeds"`
	// FailureBound is the 95 % upper bound of the share of failures that passing
	// every time is compatible with, 1-0.05^(1/n); 1 when not all passed.
	FailureBound float64        `json:"failure_bound_95"`
	Text         string         `json:"text"`
	Readings     []TrialReading `json:"readings"`
}

// A TrialReading is one number over all trials.
type TrialReading struct {
	Metric string  `json:"metric"`
	Unit   Unit    `json:"unit"`
	Points []Point `json:"points"` // in the order of the trials
	// Median and Worst are not known unless every trial measured the number. The
	// worst is the largest, or the smallest of what should be large.
	Median Reading `json:"median"`
	Worst  Reading `json:"worst"`
}

// A Point is what one trial measured.
type Point struct {
	RunID   string  `json:"run_id"`
	Reading Reading `json:"reading"`
}

// Try sums trials up. Readings that no trial has are left out.
func Try(runs []Record) Trials {
	t := Trials{N: len(runs), Seeds: []uint64{}, FailureBound: 1, Readings: []TrialReading{}}
	for _, r := range runs {
		t.Seeds = append(t.Seeds, r.Seed)
		if r.Verdict == Pass {
			t.Passed++
		}
	}
	t.Text = fmt.Sprintf("%d of %d passed", t.Passed, t.N)
	if t.N > 0 && t.Passed == t.N {
		t.FailureBound = 1 - math.Pow(0.05, 1/float64(t.N))
		t.Text += fmt.Sprintf("; up to %.0f %% failures are still compatible (95 %%)", 100*t.FailureBound)
	}
	for _, m := range Metrics() {
		if r, ok := tryReading(m, runs); ok {
			t.Readings = append(t.Readings, r)
		}
	}
	return t
}

func tryReading(m Metric, runs []Record) (TrialReading, bool) {
	t := TrialReading{Metric: m.Name, Unit: m.Unit}
	known := 0
	for _, r := range runs {
		p := Point{r.RunID, r.Analysis.Reading(m.Name)}
		if p.Reading.Unit = m.Unit; p.Reading.Known {
			known++
		}
		t.Points = append(t.Points, p)
	}
	if known == 0 {
		return t, false
	}
	if known < len(runs) {
		why := fmt.Sprintf("not measured in %d of %d trials", len(runs)-known, len(runs))
		t.Median, t.Worst = unknown(m.Name, m.Unit, why), unknown(m.Name, m.Unit, why)
		return t, true
	}
	t.Median, t.Worst = middle(m, t.Points), worstOf(m, t.Points)
	return t, true
}

// ordered are the points from the smallest to the largest; what may be larger
// than was seen comes last.
func ordered(points []Point) []Reading {
	var rs []Reading
	for _, p := range points {
		rs = append(rs, p.Reading)
	}
	slices.SortStableFunc(rs, func(a, b Reading) int {
		switch va, vb := rankValue(a), rankValue(b); {
		case va < vb:
			return -1
		case va > vb:
			return 1
		}
		return 0
	})
	return rs
}

// rankValue is a reading's place among others: one that the load was too short
// for is larger than all that are known to have ended.
func rankValue(r Reading) float64 {
	if r.Censored {
		return math.Inf(1)
	}
	return r.Value
}

func middle(m Metric, points []Point) Reading {
	rs := ordered(points)
	hi := rs[len(rs)/2]
	lo := hi
	if len(rs)%2 == 0 {
		lo = rs[len(rs)/2-1]
	}
	mean := func(a, b float64) float64 { return a + (b-a)/2 }
	out := known(m.Name, m.Unit, mean(lo.Value, hi.Value), mean(lo.Low, hi.Low), mean(lo.High, hi.High), "median of the trials")
	out.Censored = hi.Censored
	return out
}

func worstOf(m Metric, points []Point) Reading {
	rs := ordered(points)
	out := rs[len(rs)-1]
	if m.Op == AtLeast {
		out = rs[0]
	}
	for _, r := range rs { // several may be censored: the truth is beyond the largest
		if out.Censored && r.Censored && r.Value > out.Value {
			out = r
		}
	}
	out.From = nil
	return out
}
