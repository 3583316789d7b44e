package reports

import (
	"fmt"
	"html/template"
	"math"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// An htmlTarget is one objective: what was wanted beside what was achieved.
type htmlTarget struct {
	Title, Means, ID          string
	Target, Achieved, Between string
	Class, Symbol, Word       string
	Reason                    string
	Bar                       template.HTML // "" when there is nothing to compare
}

func htmlTargets(rec drill.Record) []htmlTarget {
	var out []htmlTarget
	for _, r := range rec.Objectives {
		name := nameOf(r.Objective)
		t := htmlTarget{Title: cleanText(name.title), Means: name.means, ID: cleanText(r.Objective.ID), Target: figures.Target(r.Objective),
			Achieved: figures.AchievedBeside(r), Between: figures.Bounds(r.Reading), Bar: bulletBar(r)}
		t.Class, t.Symbol, t.Word = verdictLook(r.Verdict)
		switch r.Verdict {
		case drill.Pass:
			t.Word = "Met"
		case drill.Fail:
			t.Word = "Missed"
		}
		if r.Verdict != drill.Pass {
			t.Reason = cleanText(capital(reasonFor(r)))
		}
		out = append(out, t)
	}
	return out
}

// bulletBar shows an achieved value against its target.
func bulletBar(r drill.Result) template.HTML {
	target, got := r.Objective.Target, r.Reading.Value
	if !r.Reading.Known || target <= 0 || got < 0 || math.IsInf(got+target, 0) || math.IsNaN(got+target) {
		return ""
	}
	full := 1.2 * max(target, got)
	if r.Objective.Unit == drill.Ratio && r.Objective.Op == drill.AtLeast {
		full = max(1, got)
	}
	class, _, _ := verdictLook(r.Verdict)
	return template.HTML(fmt.Sprintf(`<svg class="bullet %s" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">`+
		`<rect class="rail" width="100" height="10"/><rect class="value" width="%.2f" height="10"/><rect class="goal" x="%.2f" width="1.2" height="10"/></svg>`,
		class, 100*got/full, min(98.8, 100*target/full))) // numbers and a word of ours only
}
