package reports

import (
	"maps"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// actions tells what was done that is no damage: programs that were run, and
// what the operator confirmed.
func actions(p *page, rec drill.Record) {
	if len(rec.Spec.Actions) == 0 {
		return
	}
	p.section("ACTIONS", "steps that do no damage; times run from the start of the load")
	g := grid{cols: []column{{head: "step"}, {head: "what", flex: true}, {head: "began", right: true}, {head: "took", right: true}, {head: "end"}}}
	for _, a := range rec.Spec.Actions {
		began, ended := actionEvents(rec, a.ID)
		switch {
		case began == nil:
			g.add(cell{text: a.ID}, cell{text: a.Text}, cell{"not reached", unsure}, cell{}, cell{})
		case ended == nil:
			g.add(cell{text: a.ID}, cell{text: a.Text}, cell{text: figures.Instant(began.At)}, cell{}, cell{"unknown", unsure})
		case ended.Kind == drill.KindActionFailed:
			g.add(cell{text: a.ID}, cell{text: a.Text}, cell{text: figures.Instant(began.At)}, cell{text: figures.Latency(ended.Took)}, cell{"failed", bad})
		default:
			g.add(cell{text: a.ID}, cell{text: a.Text}, cell{text: figures.Instant(began.At)}, cell{text: figures.Latency(ended.Took)}, cell{text: doneBy(*ended)})
		}
	}
	p.grid(&g)
	for _, a := range rec.Spec.Actions {
		if _, ended := actionEvents(rec, a.ID); ended != nil {
			actionDetail(p, a, *ended)
		}
	}
}

func actionDetail(p *page, a drill.ActionSpec, ended drill.Event) {
	lead := bullet + a.ID + " "
	if ended.Kind == drill.KindActionFailed {
		p.para(lead, ended.Note, bad)
	}
	for _, key := range slices.Sorted(maps.Keys(ended.Data)) {
		where, isOutput := strings.CutPrefix(key, "output")
		if out := strings.TrimSpace(ended.Data[key]); isOutput && out != "" {
			lines := strings.Split(out, "\n")
			p.para(lead+"printed last"+strings.Replace(where, ".", " in ", 1)+": ", lines[len(lines)-1], dim)
		}
	}
}

func doneBy(e drill.Event) string {
	if by := e.Data["by"]; by != "" {
		return "confirmed by " + by
	}
	return "done"
}

// actionEvents are the beginning and the end of an action, nil where there is
// none.
func actionEvents(rec drill.Record, id string) (began, ended *drill.Event) {
	for i, e := range rec.Timeline {
		switch {
		case e.Step != id:
		case e.Kind == drill.KindActionBegan:
			began = &rec.Timeline[i]
		case e.Kind == drill.KindActionDone, e.Kind == drill.KindActionFailed:
			ended = &rec.Timeline[i]
		}
	}
	return began, ended
}
