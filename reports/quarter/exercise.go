package quarter

import (
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
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
	gaps     *[]string // what nobody stated of the field under way
}

// told is "what: text"; without text it is a gap of the field.
func (s source) told(what string, text ...string) string {
	all := strings.Join(text, "; ")
	if all == "" {
		*s.gaps = append(*s.gaps, what)
	}
	return line(what, all)
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
		x.Targets = append(x.Targets, Target{ID: o.Objective.ID, Target: figures.Target(o.Objective), Achieved: achievedBeside(o), Clock: o.Reading.Clock, Verdict: o.Verdict, Reason: o.Reason})
	}
	for i, f := range required {
		x.Fields = append(x.Fields, s.field(i+1, f.title, f.lines))
	}
	return x
}

// field fills one in. Of a field of which nothing was stated its parts are no
// further gaps.
func (s source) field(no int, title string, lines func(source) []string) Field {
	var gaps []string
	s.gaps = &gaps
	f := Field{No: no, Title: title, Lines: slices.DeleteFunc(lines(s), func(l string) bool { return l == "" })}
	if f.Stated = len(f.Lines) > 0; !f.Stated {
		f.Lines = []string{notStated}
	} else {
		f.Missing = gaps
	}
	return f
}

// line is "what: text", or nothing without text.
func line(what, text string) string {
	if text == "" {
		return ""
	}
	return what + ": " + text
}

func list(what string, items []string) string { return line(what, strings.Join(items, "; ")) }

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
