package charts

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/internal/golden"
)

func frame() Frame {
	return Frame{ID: "test", Title: "A chart", Desc: "It shows something.", Width: 600, Height: 200, To: 60,
		Bands: []Band{{10, 30, FaultBand, "F1 blackhole", "F1"}, {10.2, 14, OutageBand, "O1 reads down", "O1"}, {10.3, 14, OutageBand, "O2 writes down", "O2"}},
		Marks: []Mark{{12, Detect}}}
}

func values(n int, f func(int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

// drawings are one of each kind, and what is hard about it.
func drawings() map[string]func(Frame) (string, error) {
	wave := func(i int) float64 { return 150 + float64(i%7) }
	gap := func(i int) float64 {
		if i >= 10 && i < 14 {
			return math.NaN()
		}
		return 0.002 * float64(1+i%5)
	}
	return map[string]func(Frame) (string, error){
		"stacked": func(f Frame) (string, error) {
			return Stacked(f, "", []Line{{"a", Region(0), 0, 1, values(60, wave)}, {"b", Region(1), 0, 1, values(60, wave)}, {"failed", Bad, 0, 1, values(60, func(i int) float64 { return float64(i % 3) })}})
		},
		"percent": func(f Frame) (string, error) {
			return Percent(f, []Line{{"success", Good, 0, 1, values(60, func(i int) float64 { return 1 - float64(i%2)/10 })}})
		},
		"latency": func(f Frame) (string, error) {
			return Latency(f, []Line{{"p99", P99, 0, 1, values(60, gap)}})
		},
		"lanes": func(f Frame) (string, error) {
			return Lanes(f, []Lane{{"Phases", []Band{{0, 10, Phase, "steady", ""}, {10, 60, Phase, "fault", ""}}, nil}, {"Damage", []Band{{10, 30, Fault, "", ""}}, []Mark{{10.1, Text}}}})
		},
	}
}

func drawn(t *testing.T, f Frame, d func(Frame) (string, error)) string {
	t.Helper()
	s, err := d(f)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, s)
	return s
}

// wellFormed also looks for coordinates that are no numbers.
func wellFormed(t *testing.T, s string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
	}
	for _, odd := range []string{"NaN", "Inf", "#0", "font-family", "\n"} {
		if strings.Contains(s, odd) {
			t.Errorf("the drawing holds %q", odd)
		}
	}
}

func TestChartsGolden(t *testing.T) {
	for name, d := range drawings() {
		t.Run(name, func(t *testing.T) {
			golden.Assert(t, name+".svg", []byte(strings.ReplaceAll(drawn(t, frame(), d), "><", ">\n<")+"\n"))
		})
	}
}

// TestChartsLineUp: an instant is at the same place in all charts, or they could
// not be read together.
func TestChartsLineUp(t *testing.T) {
	tick := regexp.MustCompile(`<text x="([0-9.]+)"[^>]*>30 s</text>`)
	for _, width := range []float64{350, 920} {
		where := map[string]string{}
		for name, d := range drawings() {
			f := frame()
			f.Width = width
			hit := tick.FindStringSubmatch(drawn(t, f, d))
			if hit == nil {
				t.Fatalf("%s has no tick at 30 s", name)
			}
			x, err := strconv.ParseFloat(hit[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			where[fmt.Sprintf("%.0f", x)] = name
		}
		if len(where) != 1 {
			t.Errorf("at a width of %v the tick is in different places: %v", width, where)
		}
	}
}

// TestChartsOfOddData must not panic, loop or draw what is no number.
func TestChartsOfOddData(t *testing.T) {
	odd := [][]float64{nil, {}, {0}, {math.NaN()}, {math.NaN(), 1, math.NaN()}, {1e300, 1e-300}, {math.Inf(1), 1}, {-5, math.MaxFloat64 / 4}, values(300, func(int) float64 { return 0 })}
	for i, v := range odd {
		for _, to := range []float64{0, 1e-9, 1, 60, 200, 20000, 1e6, 1e9} {
			f := frame()
			f.To = to
			f.Bands = append(f.Bands, Band{-5, 1e12, FaultBand, `<&"` + strings.Repeat("long ", 400), "F"}, Band{3, 2, OutageBand, "", ""})
			lines := []Line{{"x", P50, 0, 1, v}}
			drawn(t, f, func(f Frame) (string, error) { return Stacked(f, "", lines) })
			drawn(t, f, func(f Frame) (string, error) { return Latency(f, lines) })
			if i != 5 && i != 7 { // ratios do not come so large
				drawn(t, f, func(f Frame) (string, error) { return Percent(f, lines) })
			}
			drawn(t, f, func(f Frame) (string, error) { return Lanes(f, []Lane{{Name: `<b>` + strings.Repeat("ü東", 200)}}) })
		}
	}
	drawn(t, frame(), func(f Frame) (string, error) { return Lanes(f, nil) })
}

func TestLatencyLeavesItsInputAlone(t *testing.T) {
	lines := []Line{{"x", P50, 0, 1, []float64{0, -1, 2}}}
	if _, err := Latency(frame(), lines); err != nil {
		t.Fatal(err)
	}
	if lines[0].Values[0] != 0 || lines[0].Values[1] != -1 {
		t.Errorf("got %v", lines[0].Values)
	}
}

func TestLabelsDoNotMeet(t *testing.T) {
	f := frame()
	for i := range 30 {
		f.Bands = append(f.Bands, Band{float64(i), float64(i) + 1, FaultBand, fmt.Sprintf("F%d a long name", i), fmt.Sprintf("F%d", i)})
	}
	got := layLabels(f)
	sty := textStyle(Text, 0, 0)
	for i, a := range got.list {
		for _, b := range got.list[:i] {
			if a.row == b.row && a.at < b.at+float64(sty.Width(b.text)) && b.at < a.at+float64(sty.Width(a.text)) {
				t.Errorf("%+v meets %+v", a, b)
			}
		}
		if a.at < 0 || a.at+float64(sty.Width(a.text)) > f.Width {
			t.Errorf("%+v is outside", a)
		}
	}
	if len(got.list) < 6 {
		t.Errorf("only %d labels of %d found room", len(got.list), len(f.Bands))
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		s, longest float64
		want       string
	}{{0.5, 10, "0.5 s"}, {90, 120, "90 s"}, {90, 600, "1:30"}, {5400, 86400, "1 h 30"}, {172800, 1e6, "2 d"}} {
		if got := clock(c.s, c.longest); got != c.want {
			t.Errorf("clock(%v, %v) = %q, want %q", c.s, c.longest, got, c.want)
		}
	}
}
