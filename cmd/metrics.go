package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
)

// metricOf finds a metric by its name or by the name of its objective.
func metricOf(name string) (drill.Metric, bool) {
	all := drill.Metrics()
	i := slices.IndexFunc(all, func(m drill.Metric) bool { return m.Name == name || m.Objective != "" && m.Objective == name })
	if i < 0 {
		return drill.Metric{}, false
	}
	return all[i], true
}

func metricNames() string {
	var out []string
	for _, m := range drill.Metrics() {
		out = append(out, m.Name)
	}
	return strings.Join(out, ", ")
}

func explainMetric(w io.Writer, m drill.Metric) error {
	objective := "no objective asks for it"
	if m.Objective != "" {
		objective = "objective " + m.Objective
	}
	_, err := fmt.Fprintf(w, "metric: %s (%s; %s)\n\n  %s\n\n  Needs %s.\n", m.Name, m.Unit, objective,
		strings.ReplaceAll(m.Doc, "\n", "\n  "), m.Needs)
	return err
}
