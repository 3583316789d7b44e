package charts

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/internal/golden"
)

// year is a frame of the year 2026.
func year(f Frame) Frame {
	f.From, f.To, f.Marks = 1767225600, 1798761600, nil
	f.Bands = []Band{{1790812800, f.To, PeriodBand, "2026-Q4", ""}}
	return f
}

// points are of every state, with a target that changes and another system.
func points() []Point {
	at := func(day int, v float64, s State, target float64) Point {
		return Point{At: 1767225600 + 86400*float64(day), Value: v, Low: v - 0.5, High: v + 0.5, State: s, Target: target}
	}
	all := []Point{at(20, 12, Missed, 10), at(100, 8, Met, 10), at(150, 7, Unsure, 10), at(200, 6, Met, 6.5), at(290, 6, Missed, 5), at(330, 4, Unsure, math.NaN())}
	all[0].AtLeast, all[3].IsOfAnotherSystem = true, true
	return all
}

var palette = map[Ink]string{Text: "#222222", Good: "#18794e", Bad: "#d64545", Doubt: "#a86f00", Faint: "#9aa5b1", Grid: "#e4e8ec", PeriodBand: "#eef3fa"}

func TestTrendGolden(t *testing.T) {
	s := drawn(t, year(frame()), func(f Frame) (string, error) { return Trend(f, " s", points()) })
	golden.Assert(t, "trend.svg", []byte(strings.ReplaceAll(s, "><", ">\n<")+"\n"))
}

func TestTrendOfOddData(t *testing.T) {
	odd := []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300, 1e-300}
	for _, a := range odd {
		for _, b := range odd {
			f := year(frame())
			drawn(t, f, func(f Frame) (string, error) {
				return Trend(f, "", []Point{{At: f.From, Value: a, Low: b, High: a, Target: b}, {At: f.To + 1e9, Value: b, Target: math.NaN(), AtLeast: true, IsOfAnotherSystem: true}})
			})
		}
	}
	drawn(t, year(frame()), func(f Frame) (string, error) { return Trend(f, "", nil) })
}

// A point answers nothing unless it is told to: its zero state must not be met.
func TestTrendStates(t *testing.T) {
	if stateInk(Point{}.State) != Doubt || stateInk(Met) != Good || stateInk(Missed) != Bad {
		t.Error("states have the wrong inks")
	}
}

func TestExtent(t *testing.T) {
	pt := func(v, target float64) Point { return Point{Value: v, Target: target} }
	for _, c := range []struct {
		points    []Point
		low, high float64
	}{
		{nil, 0, 1}, {[]Point{pt(4, math.NaN())}, 0, 4.8}, {[]Point{pt(4, 10)}, 0, 10.9}, {[]Point{pt(99, 95)}, 94.4, 99.6}, {[]Point{pt(0, 0)}, 0, 1}, {[]Point{{High: 0.2, Target: math.NaN()}}, 0, 0.24}, {[]Point{pt(math.Inf(1), 2)}, 0, 2.4},
	} {
		if low, high := extent(c.points); math.Abs(low-c.low) > 1e-9 || math.Abs(high-c.high) > 1e-9 {
			t.Errorf("%v: %v to %v, want %v to %v", c.points, low, high, c.low, c.high)
		}
	}
}

func TestDateTicks(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"2026-11-05T10:00:00Z", "2026-11-05T10:04:00Z", "10:00 10:01 10:02 10:03 "},
		{"2026-11-05T09:50:00Z", "2026-11-05T14:30:00Z", "10:00 11:00 12:00 13:00 14:00"},
		{"2026-11-05T00:00:00Z", "2026-11-09T12:00:00Z", "5 Nov 6 Nov 7 Nov 8 Nov 9 Nov"},
		{"2025-10-01T00:00:00Z", "2027-01-01T00:00:00Z", "Oct 2025 Jan 2026 Apr 2026 Jul 2026 Oct 2026 "},
		{"2010-02-01T00:00:00Z", "2016-02-01T00:00:00Z", "2011 2012 2013 2014 2015 "},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		to, err := time.Parse(time.RFC3339, c.to)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tick := range (dateTicks{6}).Ticks(float64(from.Unix()), float64(to.Unix())) {
			got = append(got, tick.Label)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s to %s: %q, want %q", c.from, c.to, text, c.want)
		}
	}
}

// A file of its own needs no page: no colours by name, and it is a picture.
func TestTrendFiles(t *testing.T) {
	f := year(frame())
	f.Head = []string{"rta of region-blackhole <b>", "dashed: target"}
	var svg, bitmap bytes.Buffer
	if err := TrendFile(&svg, "svg", f, " s", points(), palette); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, strings.ReplaceAll(strings.TrimSpace(svg.String()), `font-family="sans-serif"`, ""))
	for _, bad := range []string{"var(", "#01"} {
		if strings.Contains(svg.String(), bad) {
			t.Errorf("the SVG holds %q", bad)
		}
	}
	for _, want := range []string{"&lt;b&gt;", palette[Bad], palette[Doubt], `xmlns="http://www.w3.org/2000/svg"`} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("the SVG has no %q", want)
		}
	}
	if err := TrendFile(&bitmap, "png", f, " s", points(), palette); err != nil {
		t.Fatal(err)
	}
	im, err := png.Decode(&bitmap)
	if err != nil || im.Bounds().Dx() != 1200 {
		t.Fatalf("%v (%v)", im.Bounds(), err)
	}
	red := 0
	for x := range im.Bounds().Dx() {
		for y := range im.Bounds().Dy() {
			if r, g, b, _ := im.At(x, y).RGBA(); r>>8 == 0xd6 && g>>8 == 0x45 && b>>8 == 0x45 {
				red++
			}
		}
	}
	if red < 100 {
		t.Errorf("%d pixels of a missed target, of two squares", red)
	}
	if err := TrendFile(&bitmap, "gif", f, " s", points(), palette); err == nil {
		t.Error("a GIF was written")
	}
}
