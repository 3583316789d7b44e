package charts

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Lane is one line of what happened when: stretches and instants.
type Lane struct {
	Name  string
	Spans []Band // Label is written into the stretch where it fits
	Marks []Mark
}

// LaneHeight is what one lane takes, in CSS pixels; the time axis takes about
// another one.
const LaneHeight = 32

// Lanes draws lanes under each other, the first on top. The frame's height is
// theirs.
func Lanes(f Frame, lanes []Lane) (string, error) {
	f.Height = LaneHeight*float64(len(lanes)) + topMargin + 24
	f.Bands = nil
	p := f.newPlot()
	p.Y.Min, p.Y.Max = 0, float64(max(1, len(lanes)))
	p.Y.Tick.Marker = plot.ConstantTicks{}
	p.Add(laneRows{lanes})
	p.Y.Min, p.Y.Max = 0, float64(max(1, len(lanes)))
	return f.svg(p)
}

type laneRows struct{ lanes []Lane }

// Plot implements plot.Plotter.
func (r laneRows) Plot(c draw.Canvas, p *plot.Plot) {
	for i, l := range r.lanes {
		top := c.Max.Y - length(LaneHeight*float64(i))
		l.plot(c, p, top)
	}
}

const barHeight = 12

func (l Lane) plot(c draw.Canvas, p *plot.Plot, top vg.Length) {
	x, _ := p.Transforms(&c)
	name := textStyle(Text, draw.XLeft, draw.YTop)
	c.FillText(name, vg.Point{X: c.Min.X, Y: top - 1}, shorten(name, clean(l.Name), c.Max.X-c.Min.X))
	high, low := top-15, top-15-barHeight
	fill(c, Grid, c.Min.X, (high+low)/2-0.5, c.Max.X, (high+low)/2+0.5)
	for _, s := range l.Spans {
		from, to := max(s.From, p.X.Min), min(s.To, p.X.Max)
		if to < from {
			continue
		}
		x0, x1 := x(from), max(x(to), x(from)+2)
		fill(c, s.Ink, x0, low, x1, high)
		inside := textStyle(Text, draw.XLeft, draw.YCenter)
		if label := clean(s.Label); inside.Width(label) < x1-x0-6 {
			c.FillText(inside, vg.Point{X: x0 + 4, Y: (high + low) / 2}, label)
		}
	}
	for _, m := range l.Marks {
		if m.At >= p.X.Min && m.At <= p.X.Max {
			fill(c, m.Ink, x(m.At)-0.75, low-1, x(m.At)+0.75, high+1)
		}
	}
}

// shorten cuts a text to a width.
func shorten(sty draw.TextStyle, s string, width vg.Length) string {
	runes := []rune(s)
	runes = runes[:min(len(runes), 200)]
	if len(runes) < 200 && sty.Width(s) <= width {
		return s
	}
	for len(runes) > 1 && sty.Width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
