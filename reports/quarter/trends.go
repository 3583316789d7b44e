package quarter

import (
	"cmp"
	"slices"

	"github.com/drillctl/drillctl/drill"
)

// trended are the numbers whose course over time is worth a line.
var trended = []string{drill.MetricFailover, drill.MetricRTA, drill.MetricRPA, drill.MetricAvailability, drill.MetricFailback}

// trends are of the drills of this quarter, with all earlier points.
func trends(p Period, runs []Run) []Trend {
	current := map[string]bool{}
	for _, r := range runs {
		if p.Contains(r.Registered) {
			current[r.Scenario.Name] = true
		}
	}
	return Trends(slices.DeleteFunc(slices.Clone(runs), func(r Run) bool { return !current[r.Scenario.Name] }), trended...)
}

// Trends are numbers of drills over time, from runs in their order in time.
func Trends(runs []Run, metrics ...string) []Trend {
	byKey := map[[2]string]*Trend{}
	last := map[[2]string]string{}
	var keys [][2]string
	for _, r := range runs {
		if r.Record == nil {
			continue
		}
		for _, metric := range metrics {
			reading := r.Record.Analysis.Reading(metric)
			if !reading.Known {
				continue
			}
			key := [2]string{r.Scenario.Name, metric}
			t, ok := byKey[key]
			if !ok {
				t = &Trend{Scenario: key[0], Metric: metric, Unit: reading.Unit}
				byKey[key] = t
				keys = append(keys, key)
			}
			is := thing(*r.Record)
			t.Points = append(t.Points, point(r, reading, ok && last[key] != is))
			t.Op, t.Target = targetOf(*r.Record, metric)
			last[key] = is
		}
	}
	slices.SortFunc(keys, func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(slices.Index(metrics, a[1]), slices.Index(metrics, b[1])))
	})
	var out []Trend
	for _, k := range keys {
		out = append(out, *byKey[k])
	}
	return out
}

// Reading is a point of a trend as it was measured.
func (p Point) Reading(t Trend) drill.Reading {
	return drill.Reading{Metric: t.Metric, Known: true, Value: p.Value, Low: p.Low, High: p.High, Unit: t.Unit, Censored: p.Censored}
}

func point(r Run, reading drill.Reading, changed bool) Point {
	v := r.Record.Verdict
	_, target := targetOf(*r.Record, reading.Metric)
	for _, o := range r.Record.Objectives {
		if o.Objective.Metric == reading.Metric {
			v = o.Verdict
		}
	}
	return Point{Run: r.ID, Quarter: Of(r.Registered).Name, At: r.Record.Began, Value: reading.Value, Low: reading.Low, High: reading.High,
		Censored: reading.Censored, Target: target, Verdict: v, Changed: changed}
}

// thing is what a number is of: another system or tool is another thing.
func thing(rec drill.Record) string {
	return rec.Environment.Runtime + "\x00" + rec.Environment.System + "\x00" + rec.Tool.Version + "\x00" + rec.SystemFingerprint
}

func targetOf(rec drill.Record, metric string) (drill.Op, *float64) {
	for _, o := range rec.Objectives {
		if o.Objective.Metric == metric {
			return o.Objective.Op, &o.Objective.Target
		}
	}
	return "", nil
}
