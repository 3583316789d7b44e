package reports

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"regexp"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/charts"
	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/quarter"
)

// A quarterTrend are the numbers of one drill over time.
type quarterTrend struct {
	Drill   string
	Figures []quarterFigure
}

type quarterFigure struct {
	ID, Title, Last string
	Drawing         template.HTML
}

// drawTrends draws every number that has at least two points, all over the same
// time, and lists all points.
func (p *quarterPage) drawTrends(q quarter.Quarter) error {
	frame := charts.Frame{Width: 360, Height: 170, From: float64(trendStart(q).Unix()), To: float64(q.Period.To.Unix()),
		Bands: []charts.Band{{From: float64(q.Period.From.Unix()), To: float64(q.Period.To.Unix()), Ink: charts.PeriodBand, Label: q.Period.Name}}}
	for i, t := range q.Trends {
		if len(t.Points) < 2 {
			p.Lonely++
			continue
		}
		name := nameOf(drill.Objective{ID: t.Metric, Metric: t.Metric}).title
		frame.ID, frame.Title, frame.Desc = fmt.Sprintf("trend-%d", i), name+" of "+t.Scenario, trendWords(t)
		svg, err := charts.Trend(frame, unitSign(t.Unit), chartPoints(t))
		if err != nil {
			return err
		}
		if n := len(p.Trends); n == 0 || p.Trends[n-1].Drill != t.Scenario {
			p.Trends = append(p.Trends, quarterTrend{Drill: t.Scenario})
		}
		group := &p.Trends[len(p.Trends)-1]
		group.Figures = append(group.Figures, quarterFigure{"figure-" + frame.ID, name, lastWords(t), template.HTML(svg)}) // package charts escapes all text
	}
	p.TrendKeys, p.Points = trendKeys, trendTable(q.Trends)
	return nil
}

var trendKeys = []htmlKey{{Ink: string(charts.Good), Text: "met its target"}, {Ink: string(charts.Bad), Text: "missed it (square)"},
	{Ink: string(charts.Doubt), Text: "answers nothing: inconclusive, or without a target (hollow)"}, {Ink: string(charts.Text), Text: "target (dashed)"},
	{Ink: string(charts.Faint), Text: "another system or drillctl from here on (dotted)"}}

// trendStart is the beginning of the quarter of the first point.
func trendStart(q quarter.Quarter) time.Time {
	from := q.Period.From
	for _, t := range q.Trends {
		for _, pt := range t.Points {
			if start := quarter.Of(pt.At).From; start.Before(from) {
				from = start
			}
		}
	}
	return from
}

func chartPoints(t quarter.Trend) []charts.Point {
	var out []charts.Point
	for _, pt := range t.Points {
		out = append(out, chartPoint(pt.At, pt.Reading(t), pt.Target, pt.Verdict, pt.Changed))
	}
	return out
}

// chartPoint is a reading as it is drawn: ratios in per cent.
func chartPoint(at time.Time, r drill.Reading, target *float64, v drill.Verdict, other bool) charts.Point {
	scale := pick(r.Unit == drill.Ratio, 100.0, 1.0)
	p := charts.Point{At: float64(at.UnixMilli()) / 1000, Value: scale * r.Value, Low: scale * r.Low, High: scale * r.High, Target: math.NaN(), AtLeast: r.Censored, IsOfAnotherSystem: other}
	if target != nil {
		p.Target = scale * *target
	}
	switch {
	case target == nil: // the verdict is the run's, not this number's
	case v == drill.Fail:
		p.State = charts.Missed
	case v == drill.Pass:
		p.State = charts.Met
	}
	return p
}

// TrendChart writes a trend as a picture of its own, as "svg" or "png".
func TrendChart(w io.Writer, format string, t quarter.Trend) error {
	if len(t.Points) == 0 {
		return fmt.Errorf("nothing to draw: no run of %s has measured %s", t.Scenario, t.Metric)
	}
	from, to := t.Points[0].At, t.Points[len(t.Points)-1].At
	edge := max(to.Sub(from)/25, time.Minute)
	name := nameOf(drill.Objective{ID: t.Metric, Metric: t.Metric}).title
	f := charts.Frame{ID: "trend", Title: name + " of " + t.Scenario, Desc: trendWords(t), Width: 800, Height: 340, From: float64(from.Add(-edge).Unix()), To: float64(to.Add(edge).Unix()),
		Head: []string{fmt.Sprintf("%s of %s: %s, %s", name, t.Scenario, figures.Plural(len(t.Points), "run"), lastWords(t)),
			"circle: met, square: missed, hollow: inconclusive or without a target, dashes: target, dots: another system"}}
	if err := charts.TrendFile(w, format, f, unitSign(t.Unit), chartPoints(t), lightInks()); err != nil {
		return fmt.Errorf("draw the trend: %w", err)
	}
	return nil
}

var inkLine = regexp.MustCompile(`--ink-([a-z0-9-]+):\s*(#[0-9a-f]{6})`)

// lightInks are the colours of the page by day.
func lightInks() map[charts.Ink]string {
	text, err := htmlFiles.ReadFile("html/report.css")
	if err != nil {
		panic(fmt.Sprintf("an embedded file must be there: %v", err))
	}
	inks := map[charts.Ink]string{}
	for _, m := range inkLine.FindAllStringSubmatch(string(text), -1) {
		if _, ok := inks[charts.Ink(m[1])]; !ok { // those of the night come second
			inks[charts.Ink(m[1])] = m[2]
		}
	}
	return inks
}

func unitSign(u drill.Unit) string {
	switch u {
	case drill.Seconds:
		return " s"
	case drill.Ratio:
		return " %"
	}
	return ""
}

func pointText(t quarter.Trend, pt quarter.Point) string {
	return brief(pt.Reading(t))
}

func lastWords(t quarter.Trend) string {
	text := "last " + pointText(t, t.Points[len(t.Points)-1])
	if t.Target != nil {
		text += ", target " + figures.Target(drill.Objective{Metric: t.Metric, Op: t.Op, Target: *t.Target, Unit: t.Unit})
	}
	return text
}

func trendWords(t quarter.Trend) string {
	return fmt.Sprintf("%s since %s; %s.", figures.Plural(len(t.Points), "run"), date(t.Points[0].At), lastWords(t))
}

// trendTable is the charts' data, and that of the numbers without a chart.
func trendTable(all []quarter.Trend) *htmlTable {
	var rows [][]htmlCell
	for _, t := range all {
		for _, pt := range t.Points {
			goal := "none"
			if pt.Target != nil {
				goal = figures.Target(drill.Objective{Metric: t.Metric, Op: t.Op, Target: *pt.Target, Unit: t.Unit})
			}
			rows = append(rows, cells(t.Scenario, t.Metric, pt.Run, pt.At.UTC().Format("2006-01-02 15:04"), pointText(t, pt)+pick(pt.Changed, " †", ""), goal, pt.Verdict.String()))
		}
	}
	return tableOf([]string{"drill", "number", "run", "began", "value", "target", "verdict"}, rows)
}
