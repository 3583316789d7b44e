package reports

import (
	"math"
	"strconv"
	"strings"

	"github.com/drillctl/drillctl/drill"
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
		g.add(cell{text: r.Objective.ID}, cell{text: targetText(r.Objective)}, cell{achievedBeside(r), readingTone(r.Reading)},
			cell{text: resolution(r.Reading)}, cell{text: bounds(r.Reading)}, verdictCell(r.Verdict))
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
	case bounds(r.Reading) != "":
		return "the truth lies in " + bounds(r.Reading) + ", target " + targetText(r.Objective)
	}
	return "achieved " + achieved(r.Reading) + ", target " + targetText(r.Objective)
}

// achievedBeside prints an achieved value with as many decimals as it takes to
// tell it from its target: no "10.00 s" that misses "10 s".
func achievedBeside(r drill.Result) string {
	s := achieved(r.Reading)
	v, target, unit := r.Reading.Value, r.Objective.Target, ""
	if !r.Reading.Known || v == target {
		return s
	}
	switch r.Objective.Unit {
	case drill.Seconds:
		unit = " s"
	case drill.Ratio:
		v, target, unit = 100*v, 100*target, " %"
	}
	shown, err := strconv.ParseFloat(strings.TrimSuffix(s, unit), 64)
	if err != nil || math.Abs(shown-target) > 1e-9 {
		return s
	}
	for decimals := 3; decimals < 7; decimals++ {
		if s = strconv.FormatFloat(v, 'f', decimals, 64); s != strconv.FormatFloat(target, 'f', decimals, 64) {
			break
		}
	}
	return s + unit
}
