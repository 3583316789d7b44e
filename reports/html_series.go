package reports

import (
	"math"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/charts"
	"github.com/drillctl/drillctl/reports/figures"
)

// perSecond turns counts of a step into a rate.
func perSecond(counts []uint64, step time.Duration) []float64 {
	out := make([]float64, len(counts))
	for i, n := range counts {
		out[i] = float64(n) / step.Seconds()
	}
	return out
}

func line(name string, ink charts.Ink, s *drill.Series, values []float64) charts.Line {
	return charts.Line{Name: name, Ink: ink, Step: s.Step.Seconds(), Values: values}
}

func trafficOf(s *drill.Series) drawing {
	var lines []charts.Line
	d := drawing{id: "traffic", title: "Requests per second, by the region that answered", desc: "Good answers stacked by region, failed requests on top; the total is what was sent."}
	for i, r := range s.ByRegion {
		ink := charts.Region(i)
		lines = append(lines, line(r.Region, ink, s, perSecond(r.Good, s.Step)))
		d.keys = append(d.keys, htmlKey{Ink: string(ink), Text: cleanText(regionName(r.Region))})
	}
	lines = append(lines, line("failed", charts.Bad, s, perSecond(s.Bad, s.Step)))
	d.keys = append(d.keys, htmlKey{Ink: string(charts.Bad), Text: "failed, or too slow"})
	d.draw = func(f charts.Frame) (string, error) { return charts.Stacked(f, "", lines) }
	return d
}

func successOf(s *drill.Series) drawing {
	values := make([]float64, len(s.Good))
	for i, good := range s.Good {
		values[i] = float64(good) / float64(good+s.Bad[i])
	}
	lines := []charts.Line{line("success", charts.Good, s, values)}
	return drawing{"success", "Requests answered well", "", "Share of good requests among all whose fate is known.",
		[]htmlKey{{Ink: string(charts.Good), Text: "good of all whose fate is known"}},
		func(f charts.Frame) (string, error) { return charts.Percent(f, lines) }}
}

func latencyOf(s *drill.Series) drawing {
	in := func(list []time.Duration) []float64 {
		out := make([]float64, len(list))
		for i, d := range list {
			out[i] = pick(d < 0, math.NaN(), d.Seconds())
		}
		return out
	}
	lines := []charts.Line{line("p99", charts.P99, s, in(s.P99)), line("p95", charts.P95, s, in(s.P95)), line("p50", charts.P50, s, in(s.P50))}
	return drawing{"latency", "Latency of good requests (logarithmic)", "From the intended start, so that waiting in the generator counts. Gaps: no request was good.",
		"Median, 95th and 99th percentile of the latency of good requests, on a logarithmic scale.",
		[]htmlKey{{Ink: string(charts.P50), Text: "half are quicker (p50)"}, {Ink: string(charts.P95), Text: "95 of 100 are (p95)"}, {Ink: string(charts.P99), Text: "99 of 100 are (p99)"}},
		func(f charts.Frame) (string, error) { return charts.Latency(f, lines) }}
}

// seriesTable is the charts' data for those who cannot see them.
func seriesTable(s *drill.Series) *htmlTable {
	t := &htmlTable{}
	heads := []string{"from", "good", "failed", "unknown"}
	for _, r := range s.ByRegion {
		heads = append(heads, regionName(r.Region))
	}
	heads = append(heads, "p50", "p95", "p99")
	for _, h := range heads {
		t.Heads = append(t.Heads, htmlHead{cleanText(h), true})
	}
	for i := range s.Good {
		texts := []string{figures.Instant(time.Duration(i) * s.Step), figures.Count(s.Good[i]), figures.Count(s.Bad[i]), figures.Count(s.Unknown[i])}
		for _, r := range s.ByRegion {
			texts = append(texts, figures.Count(r.Good[i]))
		}
		for _, p := range []time.Duration{s.P50[i], s.P95[i], s.P99[i]} {
			texts = append(texts, pick(p < 0, "–", figures.Latency(p)))
		}
		var row []htmlCell
		for _, text := range texts {
			row = append(row, htmlCell{Text: text})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
