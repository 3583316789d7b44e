package reports

import (
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// objectives is the table that the verdict follows from: target and achieved
// side by side, judged by the pessimistic bound.
func objectives(p *page, rec drill.Record) {
	p.section("OBJECTIVES", "judged by the pessimistic bound")
	if len(rec.Objectives) == 0 {
		p.para("", "none was judged", unsure)
		return
	}
	g := grid{cols: []column{{head: "objective"}, {head: "target", right: true}, {head: "achieved", right: true},
		{head: "resolution", right: true}, {head: "between", right: true, drop: 1}, {head: "verdict"}}}
	for _, r := range rec.Objectives {
		g.add(cell{text: r.Objective.ID}, cell{text: figures.Target(r.Objective)}, cell{figures.AchievedBeside(r), readingTone(r.Reading)},
			cell{text: figures.Resolution(r.Reading)}, cell{text: figures.Bounds(r.Reading)}, verdictCell(r.Verdict))
	}
	p.grid(&g)
	reasons(p, rec.Objectives)
}

// reasons tells why objectives are not met, those with the same reason together.
func reasons(p *page, all []drill.Result) {
	type why struct {
		verdict drill.Verdict
		text    string
	}
	var order []why
	ids := map[why][]string{}
	for _, r := range all {
		if r.Verdict == drill.Pass {
			continue
		}
		k := why{r.Verdict, reasonFor(r)}
		if len(ids[k]) == 0 {
			order = append(order, k)
		}
		ids[k] = append(ids[k], r.Objective.ID)
	}
	for _, k := range order {
		p.para(bullet+strings.Join(ids[k], ", ")+": ", k.text, verdictTones[k.verdict])
	}
}

func verdictCell(v drill.Verdict) cell {
	text := v.String()
	if v == drill.Fail {
		text = "FAIL"
	}
	return cell{text, verdictTones[v]}
}

func readingTone(r drill.Reading) tone {
	if r.Known {
		return plain
	}
	return unsure
}

func reasonFor(r drill.Result) string {
	switch {
	case !r.Reading.Known && strings.TrimPrefix(r.Reason, "not measured: ") == r.Reading.Why:
		return "not measured: " + r.Reading.Why
	case !r.Reading.Known:
		return "not measured: " + join("; ", r.Reading.Why, r.Reason)
	case r.Reason != "":
		return r.Reason
	case figures.Bounds(r.Reading) != "":
		return "the truth lies in " + figures.Bounds(r.Reading) + ", target " + figures.Target(r.Objective)
	}
	return "achieved " + figures.Achieved(r.Reading) + ", target " + figures.Target(r.Objective)
}
