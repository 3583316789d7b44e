package charts

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const fontSize = 11

func length(px float64) vg.Length { return vg.Length(px) }

func face(size float64) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: length(size)}
}

func textStyle(ink Ink, x draw.XAlignment, y draw.YAlignment) draw.TextStyle {
	return draw.TextStyle{Color: ink.colour(), Font: face(fontSize), XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler}
}

// newPlot is an empty plot with a quiet time axis and no frame.
func (f Frame) newPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle.Color, a.LineStyle.Width = Faint.colour(), 0.75
		a.Padding = 0
		a.Tick.Length = 3
		a.Tick.LineStyle.Color, a.Tick.LineStyle.Width = Faint.colour(), 0.75
		a.Tick.Label.Color, a.Tick.Label.Font = Text.colour(), face(fontSize)
	}
	p.Y.LineStyle.Width, p.Y.Tick.Length, p.Y.Tick.LineStyle.Width = 0, 6, 0
	p.X.Tick.Marker = timeTicks{f.Width / 80}
	p.Add(shades{f.Bands})
	return p
}

// grid draws the lines of the major ticks of the y axis.
func addGrid(p *plot.Plot) {
	g := plotter.NewGrid()
	g.Vertical.Width = 0
	g.Horizontal = draw.LineStyle{Color: Grid.colour(), Width: 0.75}
	p.Add(g)
}

// timeTicks are at whole seconds, minutes or hours, about n of them.
type timeTicks struct{ n float64 }

var timeSteps = []float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 6 * 3600, 12 * 3600, 86400, 7 * 86400}

// Ticks implements plot.Ticker.
func (t timeTicks) Ticks(low, high float64) []plot.Tick {
	step := timeSteps[len(timeSteps)-1]
	for _, s := range timeSteps {
		if (high-low)/s <= t.n {
			step = s
			break
		}
	}
	var out []plot.Tick
	for i := math.Ceil(low / step); i*step <= high && len(out) < 100; i++ {
		out = append(out, plot.Tick{Value: i * step, Label: clock(i*step, high)})
	}
	return out
}

// clock prints an instant as seconds, min:s or h:min, by how long all lasts.
func clock(s, longest float64) string {
	whole := int64(math.Round(s))
	switch {
	case longest <= 180:
		return strconv.FormatFloat(math.Round(s*10)/10, 'f', -1, 64) + " s"
	case longest <= 3*3600:
		return fmt.Sprintf("%d:%02d", whole/60, whole%60)
	case longest <= 3*86400:
		return fmt.Sprintf("%d h %02d", whole/3600, whole/60%60)
	}
	return fmt.Sprintf("%d d", whole/86400)
}

// TimeUnit says how the time axis is to be read.
func TimeUnit(longest float64) string {
	switch {
	case longest <= 180:
		return "seconds"
	case longest <= 3*3600:
		return "minutes:seconds"
	case longest <= 3*86400:
		return "hours and minutes"
	}
	return "days"
}

// niceTicks are at 1, 2 or 5 times a power of ten, at most five.
type niceTicks struct{ unit string }

// Ticks implements plot.Ticker.
func (t niceTicks) Ticks(low, high float64) []plot.Tick {
	raw := (high - low) / 4
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if step*m >= raw {
			step *= m
			break
		}
	}
	var out []plot.Tick
	for i := math.Ceil(low / step); i*step <= high*(1+1e-9) && len(out) < 12; i++ {
		out = append(out, plot.Tick{Value: i * step, Label: compact(i*step) + t.unit})
	}
	return out
}

// compact prints a large number with a letter: 12k, 3.4M.
func compact(v float64) string {
	for _, u := range []struct {
		size   float64
		letter string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= u.size {
			return strconv.FormatFloat(v/u.size, 'g', 3, 64) + u.letter
		}
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// decades are powers of ten of seconds, with fainter ticks between them.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(low, high float64) []plot.Tick {
	var out []plot.Tick
	for e := math.Floor(math.Log10(low)); e <= math.Log10(high)+1e-9; e++ {
		if v := math.Pow(10, e); v >= low*(1-1e-9) {
			out = append(out, plot.Tick{Value: v, Label: short(e)})
		}
	}
	return out
}

func short(exponent float64) string {
	v, unit := math.Pow(10, exponent), " s"
	switch {
	case exponent < -6:
		v, unit = v*1e9, " ns"
	case exponent < -3:
		v, unit = v*1e6, " µs"
	case exponent < 0:
		v, unit = v*1e3, " ms"
	}
	return compact(math.Round(v)) + unit
}
