package reports

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/reports/quarter"
)

// A quarterPage is what the page of a quarter is made of.
type quarterPage struct {
	quarter.Quarter
	Class, Symbol, Word string
	When, MadeOn        string
	Warnings            []string
	Counts              []quarterCount
	Drills, Findings    *htmlTable
	Carried, Unfinished *htmlTable
	Trends              []quarterTrend
	TrendKeys           []htmlKey
	Lonely              int // numbers of which there is one point only
	Points              *htmlTable
	Matrices            []quarterMatrix
	Clauses             *htmlTable
	Runs                []quarterRun
	Chained             *htmlTable
}

type quarterCount struct{ N, Text, Class string }

// QuarterHTML writes the report on a quarter as one page that needs nothing else:
// no script, no font, no request.
func QuarterHTML(w io.Writer, q quarter.Quarter) error {
	page, err := newQuarterPage(q)
	if err != nil {
		return fmt.Errorf("draw the quarter: %w", err)
	}
	var b bytes.Buffer
	if err := htmlTemplates.ExecuteTemplate(&b, "quarter.html.tmpl", page); err != nil {
		return fmt.Errorf("write the quarter as HTML: %w", err)
	}
	if _, err := w.Write(bytes.Map(visible, b.Bytes())); err != nil {
		return fmt.Errorf("write the quarter as HTML: %w", err)
	}
	return nil
}

// visible makes a space of what steers terminals or turns the writing around.
func visible(r rune) rune {
	if r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return ' '
	}
	return r
}

func newQuarterPage(q quarter.Quarter) (quarterPage, error) {
	verdict, word := q.Headline()
	p := quarterPage{Quarter: q, Word: word, When: date(q.Period.From) + " to " + date(q.Period.To.AddDate(0, 0, -1)) + ", UTC", MadeOn: date(q.Made),
		Counts: quarterCounts(q.Summary), Drills: quarterDrills(q.Scenarios), Unfinished: quarterUnfinished(q.Unfinished),
		Findings: quarterFindings(q.Findings, q.Made), Carried: quarterFindings(q.Carried, q.Made),
		Matrices: matrices(q.Coverage), Clauses: quarterClauses(q.Clauses), Runs: quarterRuns(q), Chained: quarterEvidence(q.Evidence)}
	p.Class, p.Symbol, _ = verdictLook(verdict)
	p.Warnings = append(p.Warnings, q.Chain.Problems...)
	for _, e := range q.Evidence {
		for _, problem := range e.Problems {
			p.Warnings = append(p.Warnings, e.Run+": "+problem)
		}
	}
	err := p.drawTrends(q)
	return p, err
}

func date(t time.Time) string { return t.UTC().Format("2 January 2006") }

func quarterCounts(s quarter.Summary) []quarterCount {
	n := func(n int, text, class string) quarterCount {
		return quarterCount{strconv.Itoa(n), text, pick(n > 0, class, "dim")}
	}
	return []quarterCount{n(s.Attempts, "attempts", ""), n(s.Passed, "passed", "good"), n(s.Failed, "failed", "bad"), n(s.Inconclusive, "inconclusive", "unsure"),
		n(s.Unfinished, "never finished", "unsure"), n(s.OpenFindings, "findings open", "unsure"), n(s.Production, "on production", "")}
}

// tableOf lays rows out under heads; a head that ends with # is of numbers.
// Without rows there is no table.
func tableOf(heads []string, rows [][]htmlCell) *htmlTable {
	if len(rows) == 0 {
		return nil
	}
	t := &htmlTable{Rows: rows}
	for _, h := range heads {
		t.Heads = append(t.Heads, htmlHead{strings.TrimSuffix(h, "#"), strings.HasSuffix(h, "#")})
	}
	for _, row := range rows {
		for i := range row {
			row[i].Head, row[i].Right = t.Heads[i].Text, t.Heads[i].Right
		}
	}
	return t
}

// cells are plain texts.
func cells(texts ...string) []htmlCell {
	out := make([]htmlCell, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

func quarterDrills(all []quarter.Scenario) *htmlTable {
	var rows [][]htmlCell
	for _, s := range all {
		row := cells(join(": ", s.Name, s.Title), strconv.Itoa(s.Attempts), strconv.Itoa(s.Passed), strconv.Itoa(s.Failed), strconv.Itoa(s.Inconclusive), strconv.Itoa(s.Unfinished), s.Conclusion)
		row[6].Class = pick(!s.Discharged || s.Last != drill.Fail && s.Last != drill.Pass, "unsure", pick(s.Last == drill.Pass, "good", "bad"))
		rows = append(rows, row)
	}
	return tableOf([]string{"Drill", "Attempts#", "Passed#", "Failed#", "Inconclusive#", "Never finished#", "Conclusion"}, rows)
}

func quarterUnfinished(all []quarter.Attempt) *htmlTable {
	var rows [][]htmlCell
	for _, a := range all {
		rows = append(rows, cells(a.Run, a.Scenario, a.Registered.UTC().Format("2006-01-02 15:04:05"), pick(len(a.Said) > 0, strings.Join(a.Said, "; "), "nothing was noted")))
	}
	return tableOf([]string{"Run", "Drill", "Registered (UTC)", "Noted"}, rows)
}

func quarterFindings(all []people.Issue, now time.Time) *htmlTable {
	var rows [][]htmlCell
	for _, f := range all {
		row := cells(f.Severity, join("; ", f.Text, f.Affects), f.ID+" of "+f.Run, pick(f.Owner != "", f.Owner, "nobody"), pick(f.Due != "", f.Due, "no date"),
			f.Status+pick(f.Automatic, ", opened by drillctl", ""), pick(f.Retest != "", f.Retest, "none yet"))
		if f.Overdue(now) {
			row[4].Class, row[4].Text = "bad", f.Due+", overdue"
		}
		if f.Owner == "" && f.Status == people.Open {
			row[3].Class = "unsure"
		}
		rows = append(rows, row)
	}
	return tableOf([]string{"Severity", "What", "Finding", "Owner", "Due", "State", "Retest"}, rows)
}

func quarterClauses(all []quarter.Clause) *htmlTable {
	var rows [][]htmlCell
	for _, c := range all {
		row := cells(c.Framework+" "+c.Clause, c.Asks, c.Supports, pick(len(c.Runs) > 0, figures.Plural(len(c.Runs), "run"), "no run"), c.DoesNotShow)
		row[0].Class, row[3].Class = "strong", pick(len(c.Runs) > 0, "", "unsure")
		rows = append(rows, row)
	}
	return tableOf([]string{"Clause", "Asks for", "What the evidence can support", "Rests on#", "What it does not show"}, rows)
}

func quarterEvidence(all []quarter.RunEvidence) *htmlTable {
	var rows [][]htmlCell
	for _, e := range all {
		row := cells(e.Run, strings.Join(e.Problems, "; "), e.Manifest, e.Chain)
		switch {
		case len(e.Problems) > 0:
			row[1].Class = "bad"
		case e.Manifest == "":
			row[1].Text, row[1].Class = "registered, never sealed", "unsure"
		default:
			row[1].Text, row[1].Class = "whole", "good"
		}
		rows = append(rows, row)
	}
	return tableOf([]string{"Run", "State", "Manifest, SHA-256", "Its line of the chain, SHA-256"}, rows)
}
