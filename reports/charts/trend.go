package charts

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A State says how a run's number compares with its target.
type State int

// The states of points. Unsure is drawn hollow: it answers nothing.
const (
	Unsure State = iota
	Met
	Missed
)

// A Point is the number of one run: never an average of several.
type Point struct {
	At                float64 // seconds since 1970
	Value, Low, High  float64
	State             State
	Target            float64 // NaN is none
	AtLeast           bool    // it was still growing when the run ended
	IsOfAnotherSystem bool    // than the point before: the two are not comparable
}

// Trend draws points over dates, oldest first, with the target of each time as a
// line. From and To of the frame are in seconds since 1970, UTC.
func Trend(f Frame, unit string, points []Point) (string, error) {
	return f.svg(f.trend(unit, points))
}

func (f Frame) trend(unit string, points []Point) *plot.Plot {
	p := f.newPlot()
	p.X.Tick.Marker = dateTicks{f.Width / 85}
	p.Y.Tick.Marker = niceTicks{unit}
	addGrid(p)
	low, high := extent(points)
	p.Add(trendRow{slices.DeleteFunc(slices.Clone(points), func(pt Point) bool { return math.IsNaN(pt.Value) || math.IsInf(pt.Value, 0) })})
	p.Y.Min, p.Y.Max = low, high
	return p
}

// extent is what the y axis shows: from zero, unless all values lie close to each
// other, as availabilities do.
func extent(points []Point) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	above := 0.0 // what may be the truth where nothing was seen
	for _, pt := range points {
		for _, v := range []float64{pt.Value, pt.Target} {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				low, high = min(low, v), max(high, v)
			}
		}
		if !math.IsNaN(pt.High) && !math.IsInf(pt.High, 0) {
			above = max(above, pt.High)
		}
	}
	switch room := 0.15 * (high - low); {
	case low > high:
		return 0, 1
	case low == 0 && high == 0 && above > 0:
		return 0, 1.2 * above
	case low == 0 && high == 0:
		return 0, 1
	case low == high:
		return min(0, 1.2*low), max(0, 1.2*high)
	case low > 0.8*high:
		return low - room, high + room
	default:
		return min(0, low), high + room
	}
}

type trendRow struct{ points []Point }

// Plot implements plot.Plotter.
func (t trendRow) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(pt Point, v float64) vg.Point {
		return vg.Point{X: x(pt.At), Y: min(max(y(v), c.Min.Y), c.Max.Y)}
	}
	t.targets(c, at)
	t.joints(c, at)
	for _, pt := range t.points {
		ink := stateInk(pt.State)
		if pt.High > pt.Low && !math.IsInf(pt.High-pt.Low, 0) {
			c.StrokeLines(draw.LineStyle{Color: ink.colour(), Width: 1}, []vg.Point{at(pt, pt.Low), at(pt, pt.High)})
		}
		shape(c, pt, ink, at(pt, pt.Value))
	}
}

// shape tells states apart without colour, too.
func shape(c draw.Canvas, pt Point, ink Ink, at vg.Point) {
	sty := draw.GlyphStyle{Color: ink.colour(), Radius: 3.5, Shape: draw.CircleGlyph{}}
	switch pt.State {
	case Missed:
		sty.Shape = square{}
	case Unsure:
		sty.Shape = ring{}
	}
	if pt.AtLeast {
		top := vg.Point{X: at.X, Y: at.Y + 13}
		c.StrokeLines(draw.LineStyle{Color: ink.colour(), Width: 1.25}, []vg.Point{at, top}, []vg.Point{{X: top.X - 3, Y: top.Y - 4}, top, {X: top.X + 3, Y: top.Y - 4}})
	}
	c.DrawGlyph(sty, at)
}

type ring struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (ring) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, pt vg.Point) {
	c.SetLineStyle(draw.LineStyle{Color: sty.Color, Width: 1.75})
	var p vg.Path
	p.Move(vg.Point{X: pt.X + sty.Radius, Y: pt.Y})
	p.Arc(pt, sty.Radius, 0, 2*math.Pi)
	p.Close()
	c.Stroke(p)
}

type square struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (square) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, pt vg.Point) {
	r := sty.Radius
	c.FillPolygon(sty.Color, []vg.Point{{X: pt.X - r, Y: pt.Y - r}, {X: pt.X + r, Y: pt.Y - r}, {X: pt.X + r, Y: pt.Y + r}, {X: pt.X - r, Y: pt.Y + r}})
}

// targets draws the target of each time, from one edge to the other.
func (t trendRow) targets(c draw.Canvas, at func(Point, float64) vg.Point) {
	var line []vg.Point
	for _, pt := range t.points {
		if math.IsNaN(pt.Target) || math.IsInf(pt.Target, 0) {
			continue
		}
		here := at(pt, pt.Target)
		if n := len(line); n == 0 {
			line = append(line, vg.Point{X: c.Min.X, Y: here.Y})
		} else {
			line = append(line, vg.Point{X: here.X, Y: line[n-1].Y})
		}
		line = append(line, here)
	}
	if n := len(line); n > 0 {
		line = append(line, vg.Point{X: c.Max.X, Y: line[n-1].Y})
		c.StrokeLines(draw.LineStyle{Color: Text.colour(), Width: 1, Dashes: []vg.Length{5, 3}}, line)
	}
}

// joints joins what may be compared: not another system, and no point that
// answers nothing.
func (t trendRow) joints(c draw.Canvas, at func(Point, float64) vg.Point) {
	var line []vg.Point
	sty := draw.LineStyle{Color: Faint.colour(), Width: 1}
	for _, pt := range t.points {
		if pt.IsOfAnotherSystem {
			c.StrokeLines(sty, line)
			line = nil
			here := at(pt, pt.Value)
			c.StrokeLine2(draw.LineStyle{Color: Faint.colour(), Width: 1, Dashes: []vg.Length{1, 3}}, here.X, c.Min.Y, here.X, c.Max.Y)
		}
		if pt.State != Unsure {
			line = append(line, at(pt, pt.Value))
		}
	}
	c.StrokeLines(sty, line)
}

func stateInk(s State) Ink {
	switch s {
	case Met:
		return Good
	case Missed:
		return Bad
	}
	return Doubt
}
