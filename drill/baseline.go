package drill

import "strings"

// Alpha is the chance of calling a baseline's own runs a regression, over all
// gates of a drill together.
const Alpha = 0.05

// A Regression is what the scenario gates against a baseline: how much worse a
// reading may be.
type Regression struct {
	Metric    string  `json:"metric"`
	Objective string  `json:"objective"`          // its key in the scenario
	Relative  float64 `json:"relative,omitempty"` // of the baseline's median
	Absolute  float64 `json:"absolute,omitempty"` // in the metric's unit
}

// A Baseline is a drill's runs held against earlier ones (measuring.md 5.3 step
// 4).
type Baseline struct {
	Fingerprint string   `json:"fingerprint"`
	Runs        []string `json:"runs"`
	LeftOut     []string `json:"left_out,omitempty"` // which runs were not comparable, and why
	Gates       []Gate   `json:"gates"`
	Regressed   bool     `json:"regressed"`
}

// GatesOf are the gates of a scenario, or, when it names none, its objectives of
// failover and recovery time with a margin of 10 %.
func GatesOf(spec Spec) []Regression {
	if len(spec.Regression) > 0 {
		return spec.Regression
	}
	var out []Regression
	for _, o := range spec.Objectives {
		if o.Metric == MetricRTA || o.Metric == MetricFailover {
			out = append(out, Regression{Metric: o.Metric, Objective: o.ID, Relative: 0.1})
		}
	}
	return out
}

// Comparable keeps the runs that may be a baseline for a fingerprint: green ones
// with the same fingerprint, without bugs switched on, each once; and says why it
// leaves out the others.
func Comparable(runs []Record, fingerprint string) (kept []Record, leftOut []string) {
	seen := map[string]bool{}
	for _, r := range runs {
		why := ""
		switch {
		case seen[r.RunID]:
			continue
		case r.Fingerprint == "" || r.Fingerprint != fingerprint:
			why = "its scenario, load profile or host is another"
		case r.Verdict != Pass || r.Outcome != "completed":
			why = "it did not pass"
		case len(r.Environment.Bugs) > 0:
			why = "bugs were switched on: " + strings.Join(r.Environment.Bugs, ", ")
		}
		seen[r.RunID] = true
		if why != "" {
			leftOut = append(leftOut, r.RunID+": "+why)
			continue
		}
		kept = append(kept, r)
	}
	return kept, leftOut
}

// Against holds candidates against a baseline, which Comparable chose.
func Against(candidates, baseline []Record, gates []Regression) Baseline {
	b := Baseline{Runs: []string{}, Gates: []Gate{}}
	for _, r := range baseline {
		b.Runs = append(b.Runs, r.RunID)
	}
	if len(candidates) == 0 {
		return b
	}
	b.Fingerprint = candidates[0].Fingerprint
	var ps []float64
	for _, g := range gates {
		gate := newGate(candidates, baseline, g)
		b.Gates = append(b.Gates, gate)
		ps = append(ps, gate.P)
	}
	adjusted := holm(ps)
	for i := range b.Gates {
		g := &b.Gates[i]
		g.Adjusted = adjusted[i]
		g.decide(len(gates))
		b.Regressed = b.Regressed || g.Outcome == GateRegression
	}
	return b
}

// Hold adds a comparison to a record: a regression is a miss.
func (r *Record) Hold(b Baseline) {
	r.Baseline = &b
	if !b.Regressed {
		return
	}
	var texts []string
	for _, g := range b.Gates {
		if g.Outcome == GateRegression {
			texts = append(texts, g.Objective+" regressed: "+g.Text)
		}
	}
	r.Reason = strings.Join(texts, "; ")
	if r.Verdict == Fail {
		r.Reason = "objectives missed, and " + r.Reason
	}
	r.Verdict = Worst(r.Verdict, Fail)
}
