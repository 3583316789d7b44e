package reports

import (
	"fmt"
	"html/template"
	"io"

	"github.com/drillctl/drillctl/drill"
)

// A comparisonPage is a comparison as one page that needs nothing else.
type comparisonPage struct {
	Comparison
	Table    *htmlTable
	Figures  []comparisonFigure
	Problems []htmlText
}

// A comparisonFigure shows one number of all variants, as bars on one scale.
type comparisonFigure struct {
	Title, Means string
	Bars         []comparisonBar
}

type comparisonBar struct {
	Name, Text string
	Bar        template.HTML // "" when it was not measured
}

// ComparisonHTML writes a comparison as a page for a screen, a phone or paper.
func ComparisonHTML(w io.Writer, c Comparison) error {
	p := comparisonPage{Comparison: c, Table: comparisonRows(c), Figures: comparisonFigures(c)}
	for _, l := range c.Variants {
		if l.Problem != "" {
			p.Problems = append(p.Problems, htmlText{Lead: cleanText(l.Name), Text: cleanText(l.Problem)})
		}
	}
	if err := htmlTemplates.ExecuteTemplate(w, "comparison.html.tmpl", p); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

func comparisonRows(c Comparison) *htmlTable {
	heads := []string{comparisonHeads[0]}
	for _, h := range comparisonHeads[1:] {
		heads = append(heads, h+"#")
	}
	var rows [][]htmlCell
	for _, l := range c.Variants {
		row := cells(l.cells()...)
		row[0].Class = "strong"
		rows = append(rows, row)
	}
	return tableOf(heads, rows)
}

// comparisonFigures are the numbers that the choice is made by.
func comparisonFigures(c Comparison) []comparisonFigure {
	var out []comparisonFigure
	for _, f := range []struct {
		of           func(ComparisonLine) drill.Reading
		title, means string
	}{
		{func(l ComparisonLine) drill.Reading { return l.RTA }, "Recovery time achieved", "from the first failed request until service was good again and stayed so; shorter is better"},
		{func(l ComparisonLine) drill.Reading { return l.RPA }, "Recovery point achieved", "how far back confirmed data was lost, at the most; shorter is better"},
		{func(l ComparisonLine) drill.Reading { return l.Availability }, "Availability", "requests answered well, from the loss to the end; longer is better"},
	} {
		out = append(out, comparisonFigure{f.title, f.means, comparisonBars(c.Variants, f.of)})
	}
	return out
}

// comparisonBars reach to the value; the stroke is what is certain to hold it.
func comparisonBars(lines []ComparisonLine, of func(ComparisonLine) drill.Reading) []comparisonBar {
	full := 0.0
	for _, l := range lines {
		if r := of(l); r.Known {
			full = max(full, r.Value, r.High)
		}
	}
	var out []comparisonBar
	for _, l := range lines {
		r := of(l)
		b := comparisonBar{Name: cleanText(l.Name), Text: brief(r)}
		if r.Known && full > 0 {
			b.Bar = rangeBar(r.Value/full, r.Low/full, r.High/full)
		}
		out = append(out, b)
	}
	return out
}

// rangeBar draws a value between its bounds, all as shares of the scale.
func rangeBar(value, low, high float64) template.HTML {
	at := func(x float64) float64 { return 100 * min(1, max(0, x)) }
	return template.HTML(fmt.Sprintf(`<svg class="bullet" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">`+
		`<rect class="rail" width="100" height="10"/><rect class="value" width="%.2f" height="10"/><rect class="goal" x="%.2f" y="4" width="%.2f" height="2"/></svg>`,
		at(value), at(low), max(0.4, at(high)-at(low)))) // numbers of ours only
}
