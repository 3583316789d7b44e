package quarter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/people"
)

// A source is what the fields of one exercise are taken from.
type source struct {
	run      Run
	rec      drill.Record
	about    drill.Exercise // empty when the scenario says nothing
	context  drill.Context
	findings []people.Issue // of this run
	earlier  []Run          // of the same scenario
	now      time.Time
}

// required are the fields of a report on an exercise: the union of what FFIEC,
// NIST SP 800-34, HSEEP, DORA and ISO 22301 ask for. A field without lines is
// printed as not stated.
var required = []struct {
	title string
	lines func(source) []string
}{
	{"Identity", identity}, {"Objectives and success criteria, fixed beforehand", criteria}, {"Scope, exclusions, assumptions and plan", scope},
	{"Environment, and how it differs from production", environment}, {"Scenario, and why it was chosen", why}, {"Participants", participants},
	{"Authorisation", authorisation}, {"Timeline (UTC)", timeline}, {"Recovery time and point: target and achieved", recovery},
	{"Data integrity", integrity}, {"Return to normal", failback}, {"Deviations, overrides and aborts", deviations},
	{"What worked, and what did not", worked}, {"Findings", ownFindings}, {"Earlier findings and retests", earlierFindings},
	{"Accepted risks", risks}, {"Not measured", notMeasured}, {"Conclusion", conclusion}, {"Approvals and sign-off", signatures},
	{"Distribution and next test", next}, {"Evidence and retention", evidence},
}

const notStated = "not stated"

func exercise(r Run, all []Run, findings []people.Issue, now time.Time) Exercise {
	rec := *r.Record
	s := source{run: r, rec: rec, now: now}
	if c := rec.Spec.Context; c != nil {
		s.context = *c
		if c.Exercise != nil {
			s.about = *c.Exercise
		}
	}
	for _, f := range findings {
		if f.Run == r.ID {
			s.findings = append(s.findings, f)
		}
	}
	for _, e := range all {
		if e.Scenario.Name == r.Scenario.Name && e.Registered.Before(r.Registered) {
			s.earlier = append(s.earlier, e)
		}
	}
	x := Exercise{Run: r.ID, Scenario: rec.Scenario.Name, Title: rec.Spec.Title, Began: rec.Began, Ended: rec.Ended, Verdict: rec.Verdict,
		Outcome: rec.Outcome, Production: rec.Environment.IsProduction, System: rec.Environment.System}
	for _, o := range rec.Objectives {
		x.Targets = append(x.Targets, Target{ID: o.Objective.ID, Target: target(o.Objective), Achieved: achieved(o.Reading), Clock: o.Reading.Clock, Verdict: o.Verdict, Reason: o.Reason})
	}
	for i, f := range required {
		field := Field{No: i + 1, Title: f.title, Lines: slices.DeleteFunc(f.lines(s), func(l string) bool { return l == "" })}
		if field.Stated = len(field.Lines) > 0; !field.Stated {
			field.Lines = []string{notStated}
		}
		x.Fields = append(x.Fields, field)
	}
	return x
}

// line is "what: text", or nothing without text.
func line(what, text string) string {
	if text == "" {
		return ""
	}
	return what + ": " + text
}

func list(what string, items []string) string { return line(what, strings.Join(items, "; ")) }

func identity(s source) []string {
	kind := s.about.Type
	if kind == "" {
		kind = "automated drill with real damage"
	}
	return []string{"run " + s.rec.RunID, line("drill", s.rec.Scenario.Name+pick(s.rec.Spec.Title != "", ", "+s.rec.Spec.Title, "")), line("type", kind),
		fmt.Sprintf("from %s to %s", utc(s.rec.Began), utc(s.rec.Ended)), line("place", s.about.Place)}
}

func criteria(s source) []string {
	var out []string
	for _, o := range s.rec.Objectives {
		out = append(out, o.Objective.ID+": "+target(o.Objective))
	}
	if len(out) == 0 {
		return nil
	}
	return append(out, fmt.Sprintf("registered %s, before anything was injected (SHA-256 %s)", utc(s.rec.Attempt.RegisteredAt), s.rec.Attempt.SHA256))
}

func scope(s source) []string {
	a := s.about
	return []string{line("scope", a.Scope), list("functions", a.Functions), list("left out", a.Exclusions), list("assumed", a.Assumptions),
		line("plan", strings.TrimSpace(a.Plan+" "+pick(a.PlanVersion != "", "version "+a.PlanVersion, "")))}
}

func environment(s source) []string {
	e := s.rec.Environment
	out := []string{line("system", e.System), line("runtime", e.Runtime), pick(e.IsProduction, "this is production", "this is not production"),
		list("differs from production", s.about.Differences), list("regions", s.rec.Spec.Regions),
		fmt.Sprintf("drillctl %s, %s; host %s %s, kernel %s, %s CPUs", s.rec.Tool.Version, s.rec.Tool.Go, e.Host["os"], e.Host["arch"], e.Host["kernel"], e.Host["cpus"])}
	if len(e.Bugs) > 0 {
		out = append(out, "bugs switched on: "+strings.Join(e.Bugs, ", "))
	}
	return out
}

func why(s source) []string {
	out := []string{s.about.Why}
	for _, st := range s.rec.Spec.Steps {
		out = append(out, fmt.Sprintf("%s: %s", st.ID, st.Text))
	}
	return append(out, fmt.Sprintf("scenario SHA-256 %s, seed %d", s.rec.Scenario.SHA256, s.rec.Seed))
}

func participants(s source) []string {
	var out []string
	for _, p := range s.about.Participants {
		text := strings.Join(slices.DeleteFunc([]string{p.Name, p.Role, p.Organisation}, func(t string) bool { return t == "" }), ", ")
		out = append(out, text+pick(p.Absent, ": expected, did not take part", ""))
	}
	return out
}

func authorisation(s source) []string {
	if s.about.ApprovedBy == "" {
		return nil
	}
	return []string{fmt.Sprintf("%s approved%s; what ran has scenario SHA-256 %s", s.about.ApprovedBy, pick(s.about.ApprovedOn != "", " on "+s.about.ApprovedOn, ""), s.rec.Scenario.SHA256)}
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
		own := slices.ContainsFunc(s.about.Participants, func(p drill.Participant) bool { return p.Name == e.By && p.Role == "facilitator" })
		out = append(out, fmt.Sprintf("%s, %s, on %s%s%s", e.By, e.Role, utc(e.At), pick(e.KeyID != "", ", with key "+e.KeyID, ""),
			pick(own, " (the facilitator of the drill: not an independent approval)", "")))
	}
	return out
}

func next(s source) []string {
	due := ""
	if s.context.Every > 0 {
		due = fmt.Sprintf("%s (%s)", s.rec.Began.Add(s.context.Every).UTC().Format(time.DateOnly), s.context.Schedule)
	}
	return []string{list("distribution", s.about.Distribution), line("next test, at the latest", due)}
}

func evidence(s source) []string {
	e := s.run.Evidence
	out := []string{line("manifest SHA-256", e.Manifest), line("chain", e.Chain), line("registration SHA-256", s.rec.Attempt.SHA256), line("retention", s.about.Retention)}
	if e.Files > 0 {
		out = append(out, plural(e.Files, "file")+" listed in the manifest")
	}
	return append(out, list("PROBLEMS", e.Problems))
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
