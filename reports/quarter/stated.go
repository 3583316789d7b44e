package quarter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/people"
)

func identity(s source) []string {
	kind := s.about.Type
	if kind == "" {
		kind = "automated drill with real damage"
	}
	return []string{"run " + s.rec.RunID, line("drill", s.rec.Scenario.Name+pick(s.rec.Spec.Title != "", ", "+s.rec.Spec.Title, "")), line("type", kind),
		fmt.Sprintf("from %s to %s", utc(s.rec.Began), utc(s.rec.Ended)), s.told("place", s.about.Place)}
}

func criteria(s source) []string {
	var out []string
	for _, o := range s.rec.Objectives {
		out = append(out, o.Objective.ID+": "+figures.Target(o.Objective))
	}
	if len(out) == 0 {
		return nil
	}
	return append(out, fmt.Sprintf("registered %s, before anything was injected (SHA-256 %s)", utc(s.rec.Attempt.RegisteredAt), s.rec.Attempt.SHA256))
}

func scope(s source) []string {
	a := s.about
	return []string{s.told("scope", a.Scope), s.told("functions", a.Functions...), s.told("left out", a.Exclusions...), s.told("assumed", a.Assumptions...),
		s.told("plan", a.Plan), s.told("version of the plan", a.PlanVersion)}
}

func environment(s source) []string {
	e := s.rec.Environment
	out := []string{line("system", e.System), line("runtime", e.Runtime), pick(e.IsProduction, "this is production", "this is not production"),
		list("regions", s.rec.Spec.Regions),
		fmt.Sprintf("drillctl %s, %s; host %s %s, kernel %s, %s CPUs", s.rec.Tool.Version, s.rec.Tool.Go, e.Host["os"], e.Host["arch"], e.Host["kernel"], e.Host["cpus"])}
	if !e.IsProduction {
		out = append(out, s.told("differs from production", s.about.Differences...))
	}
	return append(out, line("bugs switched on", strings.Join(e.Bugs, ", ")))
}

func why(s source) []string {
	out := []string{s.told("why it was chosen", s.about.Why)}
	for _, st := range s.rec.Spec.Steps {
		out = append(out, fmt.Sprintf("%s: %s", st.ID, st.Text))
	}
	return append(out, fmt.Sprintf("scenario SHA-256 %s, seed %d", s.rec.Scenario.SHA256, s.rec.Seed))
}

func participants(s source) []string {
	var out, others []string
	present := 0
	for _, p := range s.about.Participants {
		if !p.Absent {
			present++
		}
		if p.Organisation != "" {
			others = include(others, p.Organisation)
		}
		text := strings.Join(slices.DeleteFunc([]string{p.Name, p.Role, p.Organisation}, func(t string) bool { return t == "" }), ", ")
		out = append(out, text+pick(p.Absent, ": expected, did not take part", ""))
	}
	if len(out) == 0 {
		return nil
	}
	return append(out, fmt.Sprintf("%d of %d expected took part", present, len(out)), "third parties: "+pick(len(others) > 0, strings.Join(others, "; "), "none named"))
}

func authorisation(s source) []string {
	if s.about.ApprovedBy == "" {
		return nil
	}
	on := s.told("the day", s.about.ApprovedOn)
	return []string{s.about.ApprovedBy + " approved it" + pick(on != "", " on "+s.about.ApprovedOn, "") + s.ownApproval(s.about.ApprovedBy), "what ran has scenario SHA-256 " + s.rec.Scenario.SHA256}
}

func risks(s source) []string {
	var out []string
	for _, r := range s.about.Risks {
		expired := r.Until < s.now.UTC().Format(time.DateOnly)
		out = append(out, fmt.Sprintf("%s: accepted by %s until %s%s", r.Risk, r.By, r.Until, pick(expired, " (EXPIRED)", "")))
	}
	return out
}

func notMeasured(s source) []string {
	var out []string
	for _, n := range s.rec.NotMeasured {
		out = append(out, n.Metric+": "+n.Reason)
	}
	if len(out) == 0 {
		return []string{"nothing that the scenario can measure was left out"}
	}
	return out
}

func conclusion(s source) []string {
	words := map[drill.Verdict]string{drill.Pass: "met", drill.Fail: "not met"}
	word, ok := words[s.rec.Verdict]
	if !ok {
		word = "inconclusive: this run does not discharge the period's drill"
	}
	return []string{word, s.rec.Reason}
}

func signatures(s source) []string {
	var out []string
	for _, e := range s.run.People {
		if e.Kind != people.Signature {
			continue
		}
		out = append(out, fmt.Sprintf("%s, %s, on %s%s%s", e.By, e.Role, utc(e.At), pick(e.KeyID != "", ", with key "+e.KeyID, ""), s.ownApproval(e.By)))
	}
	return out
}

// ownApproval remarks that who approves is who carried it out.
func (s source) ownApproval(name string) string {
	own := slices.ContainsFunc(s.about.Participants, func(p drill.Participant) bool { return p.Name == name && p.Role == "facilitator" })
	return pick(own, " (the facilitator of the drill: not an independent approval)", "")
}

func next(s source) []string {
	due := ""
	if s.context.Every > 0 {
		due = fmt.Sprintf("%s (%s)", s.rec.Began.Add(s.context.Every).UTC().Format(time.DateOnly), s.context.Schedule)
	}
	return []string{s.told("distribution", s.about.Distribution...), s.told("next test, at the latest", due)}
}

func evidence(s source) []string {
	e := s.run.Evidence
	out := []string{s.told("manifest SHA-256", e.Manifest), s.told("chain", e.Chain), line("registration SHA-256", s.rec.Attempt.SHA256), s.told("retention", s.about.Retention)}
	if e.Files > 0 {
		out = append(out, figures.Plural(e.Files, "file")+" listed in the manifest")
	}
	return append(out, list("PROBLEMS", e.Problems))
}
