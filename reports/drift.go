package reports

import (
	"fmt"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/markdown"
)

// maxDriftRows are told one by one; the record has all.
const maxDriftRows = 30

// drift is what differed in the configuration before the drill.
func drift(p *page, rec drill.Record) {
	d := rec.Drift
	if d == nil {
		return
	}
	p.section("CONFIGURATION DRIFT", driftWords(d))
	g := grid{cols: []column{{head: "against", drop: 1}, {head: "what differs", flex: true}}}
	for _, f := range d.Findings[:min(maxDriftRows, len(d.Findings))] {
		g.add(cell{text: againstWords(f)}, cell{f.Text, unsure})
	}
	if len(g.rows) > 0 {
		p.grid(&g)
	}
	if more := len(d.Findings) - maxDriftRows; more > 0 {
		p.para(bullet, figures.Plural(more, "more difference")+" in the record", unsure)
	}
	if len(d.Compared) > 0 {
		p.para(bullet+"compared: ", strings.Join(d.Compared, "; "), dim)
	}
	for _, n := range d.NotCompared {
		p.para(bullet+"not compared: ", n, unsure)
	}
}

func againstWords(f drill.DriftFinding) string {
	if f.Against == drill.AgainstLastRun {
		return "last drill"
	}
	return "same role"
}

// driftWords are the findings in one line. Nothing compared is not nothing found.
func driftWords(d *drill.Drift) string {
	words := "no difference found"
	switch {
	case len(d.Findings) > 0:
		words = figures.Plural(len(d.Findings), "difference")
	case len(d.Compared) == 0:
		words = "nothing to compare"
	}
	if d.Ignored > 0 {
		words += ", " + fmt.Sprint(d.Ignored) + " more that the scenario lets pass"
	}
	return words
}

// driftLines are the findings for formats that are read line by line.
func driftLines(d *drill.Drift) string {
	if d == nil {
		return ""
	}
	lines := []string{"configuration drift: " + driftWords(d)}
	for _, f := range d.Findings[:min(maxDriftRows, len(d.Findings))] {
		lines = append(lines, "- "+f.Text+" (against "+againstWords(f)+")")
	}
	for _, n := range d.NotCompared {
		lines = append(lines, "- not compared: "+n)
	}
	return strings.Join(lines, "\n")
}

func mdDrift(b *strings.Builder, d *drill.Drift) {
	if d == nil {
		return
	}
	b.WriteString("\nConfiguration drift: " + markdown.Escape(driftWords(d)) + "\n")
	var items []string
	for _, f := range d.Findings[:min(maxDriftRows, len(d.Findings))] {
		items = append(items, f.Text+" (against "+againstWords(f)+")")
	}
	for _, n := range d.NotCompared {
		items = append(items, "not compared: "+n)
	}
	mdList(b, items)
}
