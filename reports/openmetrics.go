package reports

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/drillctl/drillctl/drill"
)

func renderOpenMetrics(w io.Writer, rec drill.Record, o Options) error {
	return suiteOpenMetrics(w, alone(rec), o)
}

// suiteOpenMetrics writes OpenMetrics 1.0 text. Names and labels are the same in
// every run and numbers are rounded, since GitLab compares them as text; a
// reading that is not known is left out, which is not 0.
func suiteOpenMetrics(w io.Writer, s drill.Suite, _ Options) error {
	f := families{}
	names := uniqueNames{}
	for _, d := range s.Drills {
		name := names.unique(d.Scenario.Name)
		f.states("drillctl_drill_verdict", "Verdict of a drill, of all its runs together: the one that holds is 1.", d.Verdict, "scenario", name)
		for i, rec := range d.Runs {
			labels := []string{"scenario", name}
			if trial := trialOf(d, i); trial != "" {
				labels = append(labels, "trial", trial)
			}
			f.record(rec, labels)
		}
	}
	format := expfmt.NewFormat(expfmt.TypeOpenMetrics)
	enc := expfmt.NewEncoder(w, format)
	for _, name := range f.sorted() {
		if err := enc.Encode(f[name]); err != nil {
			return fmt.Errorf("write OpenMetrics: %w", err)
		}
	}
	if _, err := expfmt.FinalizeOpenMetrics(w); err != nil {
		return fmt.Errorf("write OpenMetrics: %w", err)
	}
	return nil
}

// families are metric families by name.
type families map[string]*dto.MetricFamily

func (f families) sorted() []string {
	var names []string
	for n := range f {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// gauge adds one sample; labels are names and values in turn. The unit, when
// there is one, ends the name.
func (f families) gauge(name, help, unit string, v float64, labels ...string) {
	if unit != "" {
		name += "_" + unit
	}
	if f[name] == nil {
		f[name] = &dto.MetricFamily{Name: &name, Help: &help, Type: dto.MetricType_GAUGE.Enum()}
		if unit != "" {
			f[name].Unit = &unit
		}
	}
	m := &dto.Metric{Gauge: &dto.Gauge{Value: &v}}
	for i := 0; i+1 < len(labels); i += 2 {
		value := strings.ReplaceAll(labels[i+1], "#", "_") // at which GitLab ends a line
		m.Label = append(m.Label, &dto.LabelPair{Name: &labels[i], Value: &value})
	}
	f[name].Metric = append(f[name].Metric, m)
}

// states adds one sample for each verdict there is. They are gauges, not the StateSet
// that OpenMetrics has for this: Pushgateway, node_exporter's textfile collector and
// promtool read the older text format, which has no such type and refuses the whole
// file; Prometheus makes the same series of both; and a StateSet's label would have
// to be called as the metric is.
func (f families) states(name, help string, is drill.Verdict, labels ...string) {
	for _, v := range []drill.Verdict{drill.Pass, drill.Inconclusive, drill.Fail} {
		holds := v == is || v == drill.Inconclusive && is == drill.Unjudged
		f.gauge(name, help, "", flag(holds), append(slices.Clone(labels), "verdict", v.String())...)
	}
}

func (f families) record(rec drill.Record, labels []string) {
	f.states("drillctl_verdict", "Verdict of a run: the one that holds is 1.", rec.Verdict, labels...)
	f.gauge("drillctl_run_duration", "Time from the start of the load to the record.", "seconds", tidy(rec.Ended.Sub(rec.Began).Seconds()), labels...)
	f.gauge("drillctl_run_timestamp", "When the run ended.", "seconds", float64(rec.Ended.Unix()), labels...)
	f.gauge("drillctl_restored", "1 when everything was proved to be taken back.", "", flag(rec.Cleanup.Verified), labels...)
	f.gauge("drillctl_run_info", "What made the numbers.", "", 1, append(slices.Clone(labels), "version", rec.Tool.Version,
		"scenario_sha256", rec.Scenario.SHA256, "system", rec.Environment.System, "runtime", rec.Environment.Runtime)...)
	for _, r := range rec.Objectives {
		with := append(slices.Clone(labels), "objective", r.Objective.ID)
		f.states("drillctl_objective_verdict", "Verdict of an objective: the one that holds is 1.", r.Verdict, with...)
		f.target(r.Objective, labels)
	}
	if rec.Baseline != nil {
		for _, g := range rec.Baseline.Gates {
			f.gauge("drillctl_regressed", "1 when a reading is worse than its baseline allows.", "", flag(g.Outcome == drill.GateRegression), append(slices.Clone(labels), "objective", g.Objective)...)
		}
	}
	f.origins(rec, labels)
	for _, m := range drill.Metrics() {
		r := rec.Analysis.Reading(m.Name)
		if !r.Known {
			continue
		}
		name, doc := "drillctl_"+strings.ReplaceAll(m.Name, "-", "_"), firstSentence(m.Doc)
		f.gauge(name, doc, unitName(r.Unit), tidy(r.Value), labels...)
		f.gauge("drillctl_more_than", "1 when the truth may be larger than the upper bound: the load ended first.", "", flag(r.Censored), append(slices.Clone(labels), "metric", m.Name)...)
		f.gauge(name+"_low", "Lower bound: "+doc, unitName(r.Unit), tidy(r.Low), labels...)
		f.gauge(name+"_high", "Upper bound: "+doc, unitName(r.Unit), tidy(r.High), labels...)
	}
}

// origins are the readings of each group of clients.
func (f families) origins(rec drill.Record, labels []string) {
	for _, r := range rec.Analysis.Readings {
		origin := drill.OfOrigin(r.Metric)
		if origin == "" || !r.Known {
			continue
		}
		metric, _ := drill.SplitMetric(r.Metric)
		name, with := "drillctl_origin_"+metric, append(slices.Clone(labels), "origin", origin)
		f.gauge(name, "As drillctl_"+metric+", of the clients near one region.", unitName(r.Unit), tidy(r.Value), with...)
		f.gauge(name+"_low", "Lower bound of that.", unitName(r.Unit), tidy(r.Low), with...)
		f.gauge(name+"_high", "Upper bound of that.", unitName(r.Unit), tidy(r.High), with...)
	}
}

// target adds what was wanted. Those of alerts and of groups of clients are told
// apart by a label, since their names are the user's.
func (f families) target(o drill.Objective, labels []string) {
	id := o.ID
	if metric, alert := drill.SplitMetric(o.Metric); drill.OfAlert(o.Metric) != "" {
		id, labels = metric, append(slices.Clone(labels), "alert", alert)
	}
	if metric, origin := drill.SplitMetric(o.Metric); drill.OfOrigin(o.Metric) != "" {
		id, labels = objectiveOf(metric), append(slices.Clone(labels), "origin", origin)
	}
	f.gauge("drillctl_objective_target_"+strings.ReplaceAll(id, "-", "_"), "Target of the objective "+id+", "+targetOp(o)+".", unitName(o.Unit), tidy(o.Target), labels...)
}

// objectiveOf is the objective that asks for a metric.
func objectiveOf(metric string) string {
	for _, m := range drill.Metrics() {
		if m.Name == metric {
			return m.Objective
		}
	}
	return metric
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func targetOp(o drill.Objective) string {
	if o.Op == drill.AtLeast {
		return "at least"
	}
	return "at most"
}

func unitName(u drill.Unit) string {
	switch u {
	case drill.Seconds:
		return "seconds"
	case drill.Ratio:
		return "ratio"
	}
	return ""
}

// tidy rounds to what a comparison as text can bear.
func tidy(v float64) float64 { return math.Round(v*1e6) / 1e6 }

func firstSentence(doc string) string {
	doc = strings.Join(strings.Fields(doc), " ")
	if first, _, ok := strings.Cut(doc, ". "); ok {
		return first + "."
	}
	return doc
}
