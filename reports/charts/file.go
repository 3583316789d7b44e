package charts

import (
	"fmt"
	"image/color"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// dotsPerInch of bitmaps: two dots for each CSS pixel.
const dotsPerInch = 144

// TrendFile writes the drawing of Trend as a file of its own, "svg" or "png".
// The palette has the colours of inks as #rrggbb; an ink that it lacks is black.
func TrendFile(w io.Writer, format string, f Frame, unit string, points []Point, palette map[Ink]string) error {
	switch format {
	case "svg":
		s, err := Trend(f, unit, points)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, f.alone(s, palette))
		return err
	case "png":
		c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(length(f.Width), length(f.Height)), vgimg.UseDPI(dotsPerInch), vgimg.UseBackgroundColor(color.White))}
		f.paint(inked{c, palette}, f.trend(unit, points))
		_, err := c.WriteTo(w)
		return err
	}
	return fmt.Errorf("a chart cannot be written as %q; known: svg, png", format)
}

var byName = regexp.MustCompile(`var\(--ink-([a-z0-9-]+)\)`)

// alone makes a file out of a part of a page.
func (f Frame) alone(s string, palette map[Ink]string) string {
	s = byName.ReplaceAllStringFunc(s, func(v string) string { return hexOf(palette, Ink(byName.FindStringSubmatch(v)[1])) })
	root := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" font-family="sans-serif" `, f.Width, f.Height)
	s = strings.Replace(s, "<svg ", root, 1)
	return strings.Replace(s, "</desc>", `</desc><rect width="100%" height="100%" fill="#ffffff"/>`, 1) + "\n"
}

func hexOf(palette map[Ink]string, i Ink) string {
	if hex, ok := palette[i]; ok {
		return hex
	}
	return "#000000"
}

// inked is a canvas that has no page to look colours up in.
type inked struct {
	vg.CanvasSizer
	palette map[Ink]string
}

// SetColor implements vg.Canvas.
func (i inked) SetColor(c color.Color) {
	n, ok := c.(color.NRGBA)
	if !ok || n.R != 1 || n.G != 0 || int(n.B) >= len(Inks()) {
		i.CanvasSizer.SetColor(c)
		return
	}
	rgb, err := strconv.ParseUint(strings.TrimPrefix(hexOf(i.palette, Inks()[n.B]), "#"), 16, 24)
	if err != nil {
		rgb = 0
	}
	i.CanvasSizer.SetColor(color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 255})
}
