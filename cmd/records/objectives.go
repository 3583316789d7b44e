package records

import (
	"fmt"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/scenarios"
)

// JudgeBy judges a stored run by the objectives of another scenario, and leaves
// the stored record alone. What was done and measured stays that of the run.
func JudgeBy(dir rundir.Dir, sc *scenarios.Scenario, name string) (drill.Record, error) {
	var spec drill.Spec
	if err := dir.ReadJSON(rundir.Spec, &spec); err != nil {
		return drill.Record{}, err
	}
	other := sc.Spec()
	if why := unanswerable(other, spec); len(why) > 0 {
		return drill.Record{}, exit.Usagef("ask for what the run measured", "%s cannot be asked of run %s:\n%s", sourceOf(sc, name), dir.ID, strings.Join(why, "\n"))
	}
	spec.Objectives, spec.Budget = other.Objectives, other.Budget
	rec, err := runner.AnalyzeWith(dir, spec)
	if err != nil {
		return rec, err
	}
	rec.Analysis.Notes = append(rec.Analysis.Notes, fmt.Sprintf("Judged by the objectives of %s, not by those that were registered before the run.", sourceOf(sc, name)))
	return rec, nil
}

func sourceOf(sc *scenarios.Scenario, name string) string {
	if name == "-" {
		return sc.Name
	}
	return name
}

// unanswerable lists the objectives that a run as it was cannot answer.
func unanswerable(asked, ran drill.Spec) []string {
	ran.Budget = asked.Budget
	var out []string
	metrics := drill.Metrics()
	for _, o := range asked.Objectives {
		name, _ := drill.SplitMetric(o.Metric)
		origin := drill.OfOrigin(o.Metric)
		i := slices.IndexFunc(metrics, func(m drill.Metric) bool { return m.Name == name })
		if i < 0 {
			out = append(out, o.ID+": nothing measures it")
		} else if origin != "" && !slices.ContainsFunc(ran.Load.Origins, func(s drill.OriginSpec) bool { return s.Region == origin }) {
			out = append(out, o.ID+": no clients of their own were near "+origin)
		} else if why := metrics[i].Lacks(ran); why != "" {
			out = append(out, o.ID+": "+why)
		}
	}
	return out
}
