// Package charts draws the charts of the HTML report as SVG to be put into a page.
// Colours are CSS custom properties of that page, so that one drawing does for
// light, dark and paper.
package charts

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Frame is what the charts of one page have in common.
type Frame struct {
	ID    string // unique in the page; of letters, digits and hyphens
	Title string // read out in place of the drawing
	Desc  string // one sentence of what it shows
	// Width and Height are in CSS pixels at full size; the drawing shrinks with its
	// column.
	Width, Height float64
	From, To      float64 // seconds, the x axis
	Bands         []Band
	Marks         []Mark
	// Head are lines of text above the drawing; a page writes its own.
	Head []string
}

// A Band is a stretch of time, shaded behind the data and labelled above it.
type Band struct {
	From, To float64
	Ink      Ink
	Label    string
	Short    string // in place of Label where that has no room
}

// A Mark is an instant, drawn as a dotted line through the data.
type Mark struct {
	At  float64
	Ink Ink
}

// Space around the data. The left margin is the same in all charts, so that they
// line up.
const (
	leftMargin  = 50
	rightMargin = 20
	topMargin   = 8
	headRow     = 18
	labelRow    = 14
	labelRows   = 3
)

// svg draws the plot and makes the drawing part of a page.
func (f Frame) svg(p *plot.Plot) (string, error) {
	c := vgsvg.New(length(f.Width), length(f.Height))
	f.paint(c, p)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", fmt.Errorf("draw %s: %w", f.ID, err)
	}
	return f.embed(b.String()), nil
}

// paint draws the plot with its margins, and what stands above it.
func (f Frame) paint(to vg.CanvasSizer, p *plot.Plot) {
	labels := layLabels(f)
	p.Add(labels)
	p.X.Min, p.X.Max = f.From, max(f.To, f.From+0.001)
	all := draw.New(to)
	for i, text := range f.Head {
		sty := textStyle(Text, draw.XLeft, draw.YTop)
		sty.Font.Size += length(2 * max(0, 1-float64(i)))
		all.FillText(sty, vg.Point{X: leftMargin, Y: length(f.Height - topMargin - headRow*float64(i))}, shorten(sty, clean(text), length(f.Width-leftMargin-rightMargin)))
	}
	all = draw.Crop(all, 0, -rightMargin, 0, -length(topMargin+headRow*float64(len(f.Head))+labelRow*float64(labels.rows)))
	for range 3 { // what the axes take depends on the room that they have
		inner := p.DataCanvas(all)
		all = draw.Crop(all, leftMargin-inner.Min.X, length(f.Width-rightMargin)-inner.Max.X, 0, 0)
	}
	p.Draw(all)
}

var (
	fontStyle = regexp.MustCompile(`font-family:[^;"]*;font-variant:[^;"]*;font-weight:[^;"]*;font-style:[^;"]*;?`)
	rgb       = regexp.MustCompile(`#01[0-9A-F]{4}`)
	blank     = regexp.MustCompile(`\n\s*`)
)

// embed takes what is for files only out of a drawing, and puts in what a page
// needs: a name for those who do not see it, colours by name, the page's font.
func (f Frame) embed(s string) string {
	start := strings.Index(s, "<svg")
	body := s[start+strings.IndexByte(s[start:], '>')+1:]
	body = blank.ReplaceAllString(fontStyle.ReplaceAllString(body, ""), " ")
	body = rgb.ReplaceAllStringFunc(body, cssOf)
	return fmt.Sprintf(`<svg class="chart" viewBox="0 0 %g %g" role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>%s`,
		f.Width, f.Height, f.ID, f.ID, f.ID, escape(f.Title), f.ID, escape(f.Desc), strings.TrimSpace(body))
}

func escape(s string) string { return html.EscapeString(clean(s)) }

// clean takes out what may not be in a drawing or turns the writing around.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}
