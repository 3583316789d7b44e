package quarter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/markdown"
	"github.com/drillctl/drillctl/reports/people"
)

// JSON writes the report as it is.
func JSON(w io.Writer, q Quarter) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(q); err != nil {
		return fmt.Errorf("write the quarter as JSON: %w", err)
	}
	return nil
}

// Markdown writes the report for people.
func Markdown(w io.Writer, q Quarter) error {
	var b bytes.Buffer
	d := doc{&b}
	d.printf("# Disaster-recovery drills, %s\n\n", q.Period.Name)
	d.printf("%s to %s (UTC). Made %s by drillctl %s.\n\n", q.Period.From.Format("2006-01-02"), q.Period.To.AddDate(0, 0, -1).Format("2006-01-02"), utc(q.Made), clean(q.Tool.Version))
	_, headline := q.Headline()
	d.printf("**%s.**\n\n", headline)
	for _, s := range q.Summary.Sentences {
		d.printf("%s\n\n", clean(s))
	}
	d.scenarios(q)
	d.attempts(q)
	d.trends(q.Trends)
	d.coverage(q.Coverage)
	d.findings("Findings of the quarter", q.Findings)
	d.findings("Carried over from earlier quarters", q.Carried)
	d.clauses(q.Clauses)
	d.printf("## What this report does not show\n\n")
	for _, l := range q.Limits {
		d.printf("- %s\n", clean(l))
	}
	for _, x := range q.Exercises {
		d.exercise(x)
	}
	d.evidence(q)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the quarter as Markdown: %w", err)
	}
	return nil
}

type doc struct{ *bytes.Buffer }

func (d doc) printf(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// table writes nothing without rows.
func (d doc) table(head []string, rows [][]string) {
	t := markdown.Table{Head: head}
	for _, r := range rows {
		t.Row(r...)
	}
	if text := t.String(); text != "" {
		d.printf("%s\n", text)
	}
}

// clean makes one line of what others wrote, which formats nothing.
func clean(s string) string { return markdown.Escape(strings.TrimSpace(s)) }

func (d doc) scenarios(q Quarter) {
	var rows [][]string
	for _, s := range q.Scenarios {
		rows = append(rows, []string{s.Name, fmt.Sprint(s.Attempts), fmt.Sprint(s.Passed), fmt.Sprint(s.Failed), fmt.Sprint(s.Inconclusive), fmt.Sprint(s.Unfinished), s.Conclusion})
	}
	if len(rows) > 0 {
		d.printf("## Drills\n\n")
	}
	d.table([]string{"drill", "attempts", "passed", "failed", "inconclusive", "never finished", "conclusion"}, rows)
}

func (d doc) attempts(q Quarter) {
	if len(q.Unfinished) == 0 {
		return
	}
	d.printf("## Attempts that never finished\n\n")
	var rows [][]string
	for _, a := range q.Unfinished {
		rows = append(rows, []string{a.Run, a.Scenario, utc(a.Registered), strings.Join(a.Said, "; ")})
	}
	d.table([]string{"run", "drill", "registered", "noted"}, rows)
}

func (d doc) trends(trends []Trend) {
	if len(trends) == 0 {
		return
	}
	d.printf("## Trends\n\nEvery point is one run; nothing is averaged. A point marked † is of another system or another drillctl than the one before it.\n\n")
	var rows [][]string
	for _, t := range trends {
		for i, p := range t.Points {
			name, metric := "", ""
			if i == 0 {
				name, metric = t.Scenario, t.Metric
			}
			value := figures.Achieved(p.Reading(t))
			goal := ""
			if p.Target != nil {
				goal = figures.Target(drill.Objective{Op: t.Op, Target: *p.Target, Unit: t.Unit})
			}
			rows = append(rows, []string{name, metric, p.Quarter, utc(p.At), value + pick(p.Changed, " †", ""), goal, p.Verdict.String()})
		}
	}
	d.table([]string{"drill", "number", "quarter", "began", "value", "target", "verdict"}, rows)
}

func (d doc) coverage(c Coverage) {
	d.printf("## Coverage\n\nWhat was drilled and judged, with the fault proved in force.\n\n")
	var rows [][]string
	for _, x := range c.Cells {
		rows = append(rows, []string{x.Region, x.Class, x.Strategy, fmt.Sprint(x.Runs), fmt.Sprint(x.Passed)})
	}
	d.table([]string{"region", "fault class", "replication", "runs", "passed"}, rows)
	if len(c.NotDrilled) > 0 {
		d.printf("**Not drilled:** %s.\n\n", clean(strings.Join(c.NotDrilled, "; ")))
	}
}

func (d doc) findings(title string, all []people.Issue) {
	if len(all) == 0 {
		return
	}
	d.printf("## %s\n\n", title)
	var rows [][]string
	for _, f := range all {
		rows = append(rows, []string{f.Run, f.ID, f.Severity, f.Text, f.Owner, f.Due, f.Status + pick(f.Automatic, ", automatic", ""), f.Retest})
	}
	d.table([]string{"run", "finding", "severity", "what", "owner", "due", "status", "retest"}, rows)
}

func (d doc) clauses(all []Clause) {
	d.printf("## Clauses that this evidence can support\n\nWording is shortened; read the originals. This is no claim of compliance.\n\n")
	var rows [][]string
	for _, c := range all {
		rows = append(rows, []string{c.Framework + " " + c.Clause, c.Asks, c.Supports, fmt.Sprint(len(c.Runs)), c.DoesNotShow})
	}
	d.table([]string{"clause", "asks", "what the evidence can support", "runs", "what it does not show"}, rows)
}

func (d doc) exercise(x Exercise) {
	d.printf("\n## %s\n\n**%s**: %s\n\n", clean(x.Run), x.Verdict, clean(x.Scenario+pick(x.Title != "", ", "+x.Title, "")))
	var rows [][]string
	for _, t := range x.Targets {
		rows = append(rows, []string{t.ID, t.Target, t.Achieved, t.Verdict.String(), t.Reason})
	}
	d.table([]string{"objective", "target", "achieved", "verdict", "why"}, rows)
	for _, f := range x.Fields {
		lines := slices.Clone(f.Lines)
		for i := range lines {
			lines[i] = clean(lines[i])
		}
		d.printf("%d. **%s**: %s%s\n", f.No, f.Title, strings.Join(lines, "; "), line("; *"+notStated+"*", strings.Join(f.Missing, ", ")))
	}
}

func (d doc) evidence(q Quarter) {
	if len(q.Evidence)+len(q.Chain.Problems) == 0 {
		return
	}
	d.printf("\n## Evidence\n\n'drillctl verify --all' checks every line of this.\n\n")
	if q.Chain.Head != "" {
		d.printf("Head of the chain when this report was made: %s.\n\n", q.Chain.Head)
	}
	for _, p := range q.Chain.Problems {
		d.printf("- **%s**\n\n", clean(p))
	}
	var rows [][]string
	for _, e := range q.Evidence {
		state := "whole"
		switch {
		case len(e.Problems) > 0:
			state = strings.Join(e.Problems, "; ")
		case e.Manifest == "":
			state = "registered, never sealed"
		}
		rows = append(rows, []string{e.Run, e.Manifest, e.Chain, state})
	}
	d.table([]string{"run", "manifest SHA-256", "chain SHA-256", "state"}, rows)
}
