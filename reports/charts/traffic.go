package charts

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// A Line is a number over time: Values[i] holds from Start + i*Step on. NaN is no
// value, which leaves a gap.
type Line struct {
	Name   string
	Ink    Ink
	Start  float64 // seconds
	Step   float64
	Values []float64
}

// Stacked draws lines on top of each other, the first at the bottom. Negative and
// missing values count as none.
func Stacked(f Frame, unit string, lines []Line) (string, error) {
	p := f.newPlot()
	p.Y.Tick.Marker = niceTicks{unit}
	addGrid(p)
	sums := sumUp(lines)
	top := 1.0
	for i := len(lines) - 1; i >= 0; i-- { // the highest first: those beneath cover it
		for _, v := range sums[i] {
			top = max(top, v)
		}
		l := lines[i]
		area, err := steps(Line{l.Name, l.Ink, l.Start, l.Step, sums[i]})
		if err != nil {
			return "", err
		}
		for _, a := range area {
			a.FillColor, a.LineStyle.Width = l.Ink.colour(), 0
			p.Add(a)
		}
	}
	p.Y.Min, p.Y.Max = 0, top*1.12
	return f.svg(p)
}

func sumUp(lines []Line) [][]float64 {
	out := make([][]float64, len(lines))
	for i, l := range lines {
		out[i] = make([]float64, len(l.Values))
		for j, v := range l.Values {
			if v > 0 && !math.IsInf(v, 0) {
				out[i][j] = v
			}
			if i > 0 && j < len(out[i-1]) {
				out[i][j] += out[i-1][j]
			}
		}
	}
	return out
}

// Percent draws ratios from 0 to 1 as lines.
func Percent(f Frame, lines []Line) (string, error) {
	p := f.newPlot()
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0 %"}, {Value: 0.25}, {Value: 0.5, Label: "50 %"}, {Value: 0.75}, {Value: 1, Label: "100 %"}}
	addGrid(p)
	if err := addLines(p, lines); err != nil {
		return "", err
	}
	p.Y.Min, p.Y.Max = 0, 1.04
	return f.svg(p)
}

// Latency draws seconds on a logarithmic scale of whole decades. What is not
// positive is no value.
func Latency(f Frame, lines []Line) (string, error) {
	p := f.newPlot()
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
	addGrid(p)
	low, high := math.Inf(1), math.Inf(-1)
	lines = slices.Clone(lines)
	for i, l := range lines {
		lines[i].Values = make([]float64, len(l.Values))
		for j, v := range l.Values {
			if !(v > 0) || math.IsInf(v, 0) {
				v = math.NaN()
			} else {
				low, high = min(low, v), max(high, v)
			}
			lines[i].Values[j] = v
		}
	}
	if err := addLines(p, lines); err != nil {
		return "", err
	}
	if low > high {
		low, high = 0.001, 1
	}
	p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(low)+1e-9)), math.Pow(10, math.Ceil(math.Log10(high)-1e-9))
	if p.Y.Max <= p.Y.Min {
		p.Y.Max = 10 * p.Y.Min
	}
	return f.svg(p)
}

func addLines(p *plot.Plot, lines []Line) error {
	for _, l := range lines {
		parts, err := steps(l)
		if err != nil {
			return err
		}
		for _, part := range parts {
			part.LineStyle.Color, part.LineStyle.Width = l.Ink.colour(), 1.5
			p.Add(part)
		}
	}
	return nil
}

// steps draws a line as what it is, one level for each step, in parts where
// values are missing. Equal neighbours are one level.
func steps(l Line) ([]*plotter.Line, error) {
	var parts []*plotter.Line
	var pts plotter.XYs
	end := func(x float64) error {
		if len(pts) == 0 {
			return nil
		}
		line, err := plotter.NewLine(append(pts, plotter.XY{X: x, Y: pts[len(pts)-1].Y}))
		if err != nil {
			return fmt.Errorf("draw %q: %w", l.Name, err)
		}
		line.StepStyle = plotter.PostStep
		parts, pts = append(parts, line), nil
		return nil
	}
	for i, v := range l.Values {
		x := l.Start + float64(i)*l.Step
		switch {
		case math.IsNaN(v), math.IsInf(v, 0):
			if err := end(x); err != nil {
				return nil, err
			}
		case len(pts) == 0 || pts[len(pts)-1].Y != v:
			pts = append(pts, plotter.XY{X: x, Y: v})
		}
	}
	return parts, end(l.Start + float64(len(l.Values))*l.Step)
}
