package charts

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// shades draws bands behind the data.
type shades struct{ bands []Band }

// Plot implements plot.Plotter.
func (s shades) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	for _, b := range s.bands {
		from, to := max(b.From, p.X.Min), min(b.To, p.X.Max)
		if to < from {
			continue
		}
		fill(c, b.Ink, x(from), c.Min.Y, max(x(to), x(from)+1), c.Max.Y)
	}
}

func fill(c draw.Canvas, ink Ink, x0, y0, x1, y1 vg.Length) {
	c.FillPolygon(ink.colour(), []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
}

// labels are the bands' names above the data, and the marks through it.
type labels struct {
	rows  int
	edges []Band
	list  []placed
	marks []Mark
}

type placed struct {
	text string
	at   float64 // px from the left edge of the drawing
	row  int
	ink  Ink
}

// layLabels finds a row for each label in which it meets no other: the long form,
// else the short one, else none.
func layLabels(f Frame) labels {
	out := labels{marks: f.Marks, edges: f.Bands}
	var ends [labelRows]float64
	scale := (f.Width - leftMargin - rightMargin) / max(f.To-f.From, 0.001)
	sty := textStyle(Text, draw.XLeft, draw.YBottom)
	for _, b := range f.Bands {
		if b.To < f.From || b.From > f.To {
			continue
		}
		p, ok := place(&ends, b, leftMargin+(max(b.From, f.From)-f.From)*scale, f.Width, func(s string) float64 { return widest * float64(sty.Width(s)) })
		if ok {
			out.list = append(out.list, p)
			out.rows = max(out.rows, p.row+1)
		}
	}
	return out
}

// widest is by how much the reader's font may be wider than the one that is measured.
const widest = 1.2

func place(ends *[labelRows]float64, b Band, at, width float64, measure func(string) float64) (placed, bool) {
	const gap = 8
	for _, text := range []string{clean(b.Label), clean(b.Short)} {
		if len(text) > 80 {
			continue // long names stand in the page's key
		}
		w := measure(text)
		x := min(at, width-w-2)
		for row := range ends {
			if text != "" && x >= ends[row] && x >= leftMargin-10 {
				ends[row] = x + w + gap
				return placed{text, x, row, b.Ink}, true
			}
		}
	}
	return placed{}, false
}

// Plot implements plot.Plotter.
func (l labels) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	upright := func(at float64, sty draw.LineStyle) {
		if at >= p.X.Min && at <= p.X.Max {
			c.StrokeLine2(sty, x(at), c.Min.Y, x(at), c.Max.Y)
		}
	}
	for _, b := range l.edges { // the data may cover the shade
		sty := draw.LineStyle{Color: strong(b.Ink).colour(), Width: 0.75}
		upright(b.From, sty)
		upright(b.To, sty)
	}
	for _, m := range l.marks {
		upright(m.At, draw.LineStyle{Color: m.Ink.colour(), Width: 1, Dashes: []vg.Length{2, 2}})
	}
	for _, t := range l.list {
		y := c.Max.Y + 3 + length(labelRow*float64(l.rows-1-t.row))
		c.FillText(textStyle(strong(t.ink), draw.XLeft, draw.YBottom), vg.Point{X: length(t.at), Y: y}, t.text)
	}
}

// strong is the ink for text about a band of this shade.
func strong(i Ink) Ink {
	switch i {
	case FaultBand:
		return Fault
	case OutageBand:
		return Outage
	case PeriodBand:
		return Text
	}
	return i
}
