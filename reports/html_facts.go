package reports

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/drillctl/drillctl/drill"
)

// A FileSum is one file of a run with its digest, for the evidence.
type FileSum struct {
	Path   string
	Size   int64
	SHA256 string
}

type htmlDefinition struct{ Title, Objective, Doc string }

// sectionRef points into the measuring rules, which a reader does not have.
var sectionRef = regexp.MustCompile(` \([0-9., ]+(rule [0-9]+)?\)$`)

// htmlDefinitions are those of the numbers that this report has.
func htmlDefinitions(rec drill.Record) []htmlDefinition {
	has := map[string]bool{}
	for _, r := range rec.Analysis.Readings {
		has[r.Metric] = true
	}
	for _, o := range rec.Objectives {
		metric, _ := drill.SplitMetric(o.Objective.Metric)
		has[metric] = true
	}
	var out []htmlDefinition
	for _, m := range drill.Metrics() {
		if has[m.Name] {
			doc := sectionRef.ReplaceAllString(strings.Join(strings.Fields(m.Doc), " "), "")
			out = append(out, htmlDefinition{nameOf(drill.Objective{ID: m.Objective, Metric: m.Name}).title, m.Objective, doc})
		}
	}
	return out
}

// htmlFacts are where and with what it was drilled.
func htmlFacts(rec drill.Record) [][2]string {
	env := rec.Environment
	facts := [][2]string{
		{"system", systemName(env.System)}, {"runtime", env.Runtime}, {"production", pick(env.IsProduction, "yes", "no")},
		{"regions", strings.Join(markPrimary(rec.Spec), ", ")},
	}
	for _, k := range slices.Sorted(maps.Keys(env.Host)) {
		facts = append(facts, [2]string{"host: " + k, env.Host[k]})
	}
	if len(env.Bugs) > 0 {
		facts = append(facts, [2]string{"bugs switched on", strings.Join(env.Bugs, ", ")})
	}
	return cleanPairs(append(facts, [][2]string{
		{"drillctl", join(" ", rec.Tool.Version, rec.Tool.Commit)}, {"built with", rec.Tool.Go},
		{"seed", strconv.FormatUint(rec.Seed, 10)}, {"outcome", rec.Outcome},
	}...))
}

// htmlEvidence is what ties the report to bytes that can be checked.
func htmlEvidence(rec drill.Record) [][2]string {
	return cleanPairs([][2]string{
		{"run", rec.RunID},
		{"registered before anything was injected", rec.Attempt.RegisteredAt.UTC().Format("2006-01-02 15:04:05 UTC")},
		{"registration, SHA-256", rec.Attempt.SHA256},
		{"attempts before it that day", strconv.Itoa(rec.Attempt.PriorToday)},
		{"scenario", join(", ", rec.Scenario.Name, rec.Scenario.Path)},
		{"scenario, SHA-256", rec.Scenario.SHA256},
		{"drillctl, SHA-256", rec.Tool.SHA256},
	})
}

func cleanPairs(pairs [][2]string) [][2]string {
	var out [][2]string
	for _, p := range pairs {
		if p[1] != "" {
			out = append(out, [2]string{cleanText(p[0]), cleanText(p[1])})
		}
	}
	return out
}
