package reports

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// A state is a case's place in the one table of verdicts that all formats for
// CI follow: what is not known is an error, and never skipped, since readers
// show skipped as green.
type state int

const (
	ok state = iota
	missed
	unknown
)

// A testCase is one line that a CI system shows: an objective, or a question
// that every drill is asked.
type testCase struct {
	name  string // the same in every run, so that runs can be compared
	state state
	kind  string // of an unknown: inconclusive, precondition, aborted, ...
	short string // one line with the numbers
	body  string // the same and more
	file  string
	line  int
}

// casesOf takes a record apart. They are all ok exactly when its verdict is a
// pass.
func casesOf(rec drill.Record) []testCase {
	cases := []testCase{completedCase(rec)}
	for _, r := range rec.Objectives {
		cases = append(cases, objectiveCase(rec, r))
	}
	cases = append(cases, gateCases(rec)...)
	cases = append(cases, restoredCase(rec))
	if first := &cases[0]; rec.Verdict != drill.Pass && allOK(cases) {
		first.state, first.kind, first.short = unknown, rec.Verdict.String(), cmp.Or(rec.Reason, "the drill has no verdict")
		if rec.Verdict == drill.Fail {
			first.state = missed
		}
		first.body = first.short
	}
	return cases
}

func allOK(cases []testCase) bool {
	for _, c := range cases {
		if c.state != ok {
			return false
		}
	}
	return true
}

func completedCase(rec drill.Record) testCase {
	c := testCase{name: "the drill was carried out", body: join("\n", runLines(rec), driftLines(rec.Drift))}
	if rec.Outcome != "completed" {
		c.state, c.kind = unknown, cmp.Or(rec.Outcome, "error")
		c.short = join(": ", c.kind, strings.TrimPrefix(rec.Reason, c.kind+": "))
		c.body = c.short + "\n" + c.body
	}
	return c
}

func restoredCase(rec drill.Record) testCase {
	c := testCase{name: "everything was taken back", body: runLines(rec)}
	if !rec.Cleanup.Verified {
		c.state, c.kind = unknown, "left-broken"
		c.short = "not proved that everything was taken back: run 'drillctl recover " + rec.RunID + "'"
		c.body = strings.Join(append([]string{c.short}, rec.Cleanup.Residue...), "\n")
	}
	return c
}

func objectiveCase(rec drill.Record, r drill.Result) testCase {
	c := testCase{name: r.Objective.ID + " " + figures.Target(r.Objective), file: r.Objective.File, line: r.Objective.Line}
	facts := []string{"target " + figures.Target(r.Objective), "achieved " + figures.AchievedBeside(r)}
	if b := figures.Bounds(r.Reading); b != "" {
		facts = append(facts, "bounds "+b, "resolution "+figures.Resolution(r.Reading))
	}
	switch r.Verdict {
	case drill.Pass:
	case drill.Fail:
		c.state, c.kind = missed, "missed"
		c.short = fmt.Sprintf("%s missed: %s, wanted %s", r.Objective.ID, figures.AchievedBeside(r), figures.Target(r.Objective))
		if b := figures.Bounds(r.Reading); b != "" {
			c.short += " (" + b + ")"
		}
	default:
		c.state, c.kind = unknown, "inconclusive"
		c.short = fmt.Sprintf("%s inconclusive: %s", r.Objective.ID, reasonFor(r))
	}
	lines := []string{strings.Join(facts, "\n")}
	if c.short != "" {
		lines = append([]string{c.short}, lines...)
	}
	if r.Reading.Clock != "" {
		lines = append(lines, "clock: "+r.Reading.Clock)
	}
	if r.Objective.Metric == drill.MetricDrift {
		lines = append(lines, driftLines(rec.Drift))
	}
	c.body = strings.Join(append(lines, runLines(rec)), "\n")
	return c
}

// runLines say which run it was.
func runLines(rec drill.Record) string {
	return fmt.Sprintf("run %s, seed %d\n'drillctl report %s' tells all of it", rec.RunID, rec.Seed, rec.RunID)
}

// drillCases are those of one drill of a suite that belong to no run of it.
func drillCases(d drill.Drill) []testCase {
	var out []testCase
	ran := testCase{name: "all runs were started"}
	if d.Skipped != "" {
		ran.state, ran.kind, ran.short = unknown, "not-started", "not started: "+d.Skipped
		ran.body = ran.short
	}
	out = append(out, ran)
	wrong := testCase{name: "nothing went wrong beside the verdicts"}
	if len(d.Errors) > 0 {
		wrong.state, wrong.kind, wrong.short = unknown, "error", d.Errors[0]
		wrong.body = strings.Join(d.Errors, "\n")
	}
	return append(out, wrong)
}

// alone is a record as a suite of one.
func alone(rec drill.Record) drill.Suite {
	d := drill.Drill{Scenario: rec.Scenario, Title: rec.Spec.Title, Verdict: rec.Verdict, Runs: []drill.Record{rec}}
	return drill.NewSuite(rec.Tool, rec.Began, rec.Ended, 0, []drill.Drill{d})
}

// trialOf is which of several runs of one drill a run is, "" when it is the only
// one.
func trialOf(d drill.Drill, i int) string {
	if len(d.Runs) == 1 {
		return ""
	}
	return fmt.Sprint(i + 1)
}
