package reports

import (
	"fmt"
	"html/template"
	"math"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/charts"
	"github.com/drillctl/drillctl/reports/figures"
)

// An htmlFigure is one chart in two shapes: the page shows the one that fits.
type htmlFigure struct {
	ID, Title, Note string
	Keys            []htmlKey
	Wide, Narrow    template.HTML
}

// An htmlKey explains a colour or a short label.
type htmlKey struct{ Ink, Code, Text string }

// A canvas is a shape for charts.
type canvas struct {
	suffix        string
	width, height float64
}

var canvases = []canvas{{"w", 920, 200}, {"n", 350, 200}}

// A drawing draws one chart into a frame.
type drawing struct {
	id, title, note, desc string
	keys                  []htmlKey
	draw                  func(charts.Frame) (string, error)
}

// draw makes all figures of a record, and the table that says the same.
func (r *htmlReport) draw(rec drill.Record) error {
	base := frameOf(rec)
	if base.To <= 0 {
		return nil
	}
	r.AxisUnit = charts.TimeUnit(base.To)
	r.Key = bandKeys(rec)
	var all []drawing
	if lanes := lanesOf(rec); len(lanes) > 0 {
		all = append(all, drawing{"lanes", "What happened when", "", "Phases, damage, outages and detections over time.", laneKeys(rec),
			func(f charts.Frame) (string, error) { return charts.Lanes(f, lanes) }})
	}
	if s := rec.Analysis.Series; s != nil && len(s.Good) > 0 {
		all = append(all, trafficOf(s), successOf(s), latencyOf(s))
		r.Series, r.SeriesStep = seriesTable(s), figures.Span(s.Step)
	}
	for _, d := range all {
		fig, err := d.figure(base)
		if err != nil {
			return err
		}
		r.Figures = append(r.Figures, fig)
	}
	return nil
}

func (d drawing) figure(base charts.Frame) (htmlFigure, error) {
	fig := htmlFigure{ID: d.id, Title: d.title, Note: d.note, Keys: d.keys}
	var drawn [2]template.HTML
	for i, c := range canvases {
		f := base
		f.ID, f.Title, f.Desc, f.Width, f.Height = "chart-"+d.id+"-"+c.suffix, d.title, d.desc, c.width, c.height
		svg, err := d.draw(f)
		if err != nil {
			return fig, err
		}
		drawn[i] = template.HTML(svg) // package charts escapes all text
	}
	fig.Wide, fig.Narrow = drawn[0], drawn[1]
	return fig, nil
}

// frameOf has the time axis and what is shaded on it.
func frameOf(rec drill.Record) charts.Frame {
	f := charts.Frame{To: lastInstant(rec).Seconds()}
	f.Bands = bandsOf(rec, f.To)
	for _, d := range rec.Analysis.Detections {
		f.Marks = append(f.Marks, charts.Mark{At: d.At.Seconds(), Ink: charts.Detect})
	}
	return f
}

// lastInstant is the end of what is known.
func lastInstant(rec drill.Record) time.Duration {
	var last time.Duration
	for _, p := range rec.Analysis.Phases {
		if p.End < math.MaxInt64/4 { // a log without an end has a phase without one
			last = max(last, p.End)
		}
	}
	for _, e := range rec.Timeline {
		last = max(last, e.At)
	}
	if s := rec.Analysis.Series; s != nil {
		last = max(last, time.Duration(len(s.Good))*s.Step)
	}
	return last
}

// shownBands bounds what is shaded: more cannot be told apart.
const shownBands = 40

// bandsOf are the windows of damage, and of outages over them.
func bandsOf(rec drill.Record, end float64) []charts.Band {
	var out []charts.Band
	for i, f := range rec.Analysis.Faults {
		if from, to, ok := faultWindow(f, end); ok && len(out) < shownBands {
			out = append(out, charts.Band{From: from, To: to, Ink: charts.FaultBand, Label: faultCode(i) + " " + f.Step.Fault, Short: faultCode(i)})
		}
	}
	for i, x := range rec.Analysis.Incidents {
		if i < shownBands {
			from, to := incidentWindow(x, end)
			out = append(out, charts.Band{From: from, To: to, Ink: charts.OutageBand, Label: outageCode(i) + " " + x.Route + "s down", Short: outageCode(i)})
		}
	}
	return out
}

func outageCode(i int) string { return fmt.Sprintf("O%d", i+1) }

func faultWindow(f drill.FaultReport, end float64) (from, to float64, ok bool) {
	if !fired(f) {
		return 0, 0, false
	}
	from, to = f.Fired.Seconds(), end
	if f.IsGone {
		to = f.Gone.Seconds()
	}
	return from, to, true
}

func incidentWindow(i drill.Incident, end float64) (from, to float64) {
	if !i.IsRecovered {
		return i.Start.Seconds(), end
	}
	return i.Start.Seconds(), i.Recovered.Seconds()
}

// shownKeys bounds each kind in the key; the sections below list all.
const shownKeys = 12

// bandKeys says in full what the short labels stand for.
func bandKeys(rec drill.Record) []htmlKey {
	var out []htmlKey
	for i, f := range rec.Analysis.Faults {
		if _, _, ok := faultWindow(f, 0); ok && len(out) < shownKeys {
			text := clip(f.Step.Text) + " (" + figures.Instant(f.Fired) + pick(f.IsGone, " to "+figures.Instant(f.Gone), ", not proved gone") + ")"
			out = append(out, htmlKey{string(charts.FaultBand), faultCode(i), cleanText(text)})
		}
	}
	for i, x := range rec.Analysis.Incidents {
		if i < shownKeys {
			text := x.Route + "s down for clients (" + figures.Instant(x.Start) + pick(x.IsRecovered, " to "+figures.Instant(x.Recovered), ", not recovered") + ")"
			out = append(out, htmlKey{string(charts.OutageBand), outageCode(i), cleanText(text)})
		}
	}
	if rest := len(rec.Analysis.Faults) + len(rec.Analysis.Incidents) - len(out); rest > 0 {
		out = append(out, htmlKey{string(charts.Faint), "", "and " + figures.Count(uint64(rest)) + " more, listed below"})
	}
	if len(rec.Analysis.Detections) > 0 {
		out = append(out, htmlKey{string(charts.Detect), "", "a part of the system noticed (dotted line)"})
	}
	return out
}
