package reports

import (
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/markdown"
)

// maxPoints is as many trials as a table lists one by one; the record has all.
const maxPoints = 12

// trials are the points of several runs of one drill, with their median and the
// worst: never a mean, since recovery times come in steps of the health checks.
func trials(p *page, d drill.Drill) {
	if d.Trials == nil {
		return
	}
	p.section("TRIALS OF "+strings.ToUpper(d.Scenario.Name), d.Trials.Text)
	g := grid{cols: []column{{head: "reading"}, {head: "median", right: true}, {head: "worst", right: true}, {head: "every trial", flex: true}}}
	for _, r := range trialRows(d) {
		g.texts(r.Metric, figures.Achieved(r.Median), figures.Achieved(r.Worst), strings.Join(pointTexts(r), ", "))
	}
	if len(g.rows) > 0 {
		p.grid(&g)
	}
}

// trialRows are the readings that somebody asked for, and the usual ones.
func trialRows(d drill.Drill) []drill.TrialReading {
	wanted := []string{drill.MetricRTA, drill.MetricFailover, drill.MetricRPA}
	for _, run := range d.Runs {
		for _, o := range run.Objectives {
			metric, _ := drill.SplitMetric(o.Objective.Metric)
			wanted = append(wanted, metric)
		}
	}
	return slices.DeleteFunc(slices.Clone(d.Trials.Readings), func(r drill.TrialReading) bool { return !slices.Contains(wanted, r.Metric) })
}

func pointTexts(r drill.TrialReading) []string {
	var out []string
	for _, pt := range r.Points {
		if len(out) == maxPoints {
			return append(out, "…")
		}
		out = append(out, brief(pt.Reading))
	}
	return out
}

// gateStates are the tones and words of a gate's outcome.
var gateStates = map[string]cell{
	drill.GateRegression: {"REGRESSION", bad}, drill.GateNoWorse: {"no worse", good}, drill.GateNotShown: {"not shown", unsure},
	drill.GateTooFew: {"cannot tell", unsure}, drill.GateNotMeasured: {"not measured", unsure},
}

// baseline is how a drill compares with earlier runs.
func baseline(p *page, b *drill.Baseline) {
	if b == nil {
		return
	}
	p.section("BASELINE", figures.Plural(len(b.Runs), "earlier run")+" of the same system, load and damage")
	g := grid{cols: []column{{head: "gate"}, {head: "result"}, {head: "what", flex: true}}}
	for _, gate := range b.Gates {
		g.add(cell{text: gate.Objective}, gateStates[gate.Outcome], cell{text: gate.Text})
	}
	p.grid(&g)
	if n := len(b.LeftOut); n > 0 {
		p.para(bullet, figures.Plural(n, "run")+" left out: "+few(b.LeftOut), dim)
	}
}

func recordBaseline(p *page, rec drill.Record) { baseline(p, rec.Baseline) }

// gateCases are the gates as CI sees them. Only a regression is red: what cannot
// be told is said, and does not fail.
func gateCases(rec drill.Record) []testCase {
	if rec.Baseline == nil {
		return nil
	}
	var out []testCase
	for _, g := range rec.Baseline.Gates {
		c := testCase{name: g.Objective + " has not regressed", body: g.Objective + ": " + gateStates[g.Outcome].text + ": " + g.Text + "\n" + runLines(rec)}
		if g.Outcome == drill.GateRegression {
			c.state, c.kind, c.short = missed, "regression", g.Objective+" regressed: "+g.Text
			c.body = c.short + "\n" + c.body
		}
		out = append(out, c)
	}
	return out
}

func mdTrials(b *strings.Builder, d drill.Drill) {
	if d.Trials == nil {
		return
	}
	b.WriteString("\n**" + markdown.Escape(d.Scenario.Name) + "**: " + markdown.Escape(d.Trials.Text) + "\n\n")
	t := markdown.Table{Head: []string{"reading", "median", "worst", "every trial"}}
	for _, r := range trialRows(d) {
		t.Row(r.Metric, figures.Achieved(r.Median), figures.Achieved(r.Worst), strings.Join(pointTexts(r), ", "))
	}
	b.WriteString(t.String())
}

func mdBaseline(b *strings.Builder, base *drill.Baseline) {
	if base == nil {
		return
	}
	b.WriteString("\nAgainst " + figures.Plural(len(base.Runs), "earlier run") + ":\n\n")
	t := markdown.Table{Head: []string{"gate", "result", "what"}}
	for _, g := range base.Gates {
		t.Row(g.Objective, gateStates[g.Outcome].text, g.Text)
	}
	b.WriteString(t.String())
}
