package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// csvHead names the columns. Numbers are plain, in the unit beside them, with a
// decimal point; empty is not measured or not asked, which is never 0.
var csvHead = []string{"run", "scenario", "trial", "began", "seed", "metric", "objective", "comparison", "target", "achieved", "low", "high",
	"unit", "more_than", "verdict", "reason", "clock"}

func renderCSV(w io.Writer, rec drill.Record, o Options) error { return suiteCSV(w, alone(rec), o) }

// suiteCSV writes one row for each objective, and one for each reading that
// nothing was asked of. Lines end as RFC 4180 wants them.
func suiteCSV(w io.Writer, s drill.Suite, _ Options) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{csvHead}
	for _, d := range s.Drills {
		for i, rec := range d.Runs {
			rows = append(rows, csvRows(rec, trialOf(d, i))...)
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func csvRows(rec drill.Record, trial string) [][]string {
	var rows [][]string
	asked := map[string]bool{}
	head := []string{rec.RunID, rec.Scenario.Name, trial, rec.Began.UTC().Format(time.RFC3339), uintText(rec.Seed)}
	row := func(r drill.Reading, objective ...string) {
		cells := append(append([]string{}, head...), r.Metric)
		cells = append(cells, objective[:3]...)
		cells = append(cells, csvNumbers(r)...)
		cells = append(cells, objective[3:]...)
		for i := range cells {
			cells[i] = noFormula(cells[i])
		}
		rows = append(rows, append(cells, noFormula(r.Clock)))
	}
	for _, o := range rec.Objectives {
		asked[o.Objective.Metric] = true
		reason := ""
		if o.Verdict != drill.Pass {
			reason = reasonFor(o)
		}
		row(o.Reading, o.Objective.ID, string(o.Objective.Op), csvNumber(o.Objective.Target), o.Verdict.String(), reason)
	}
	for _, r := range rec.Analysis.Readings {
		if !asked[r.Metric] {
			row(r, "", "", "", "", r.Why)
		}
	}
	return rows
}

// csvNumbers are achieved, low, high, unit, more_than.
func csvNumbers(r drill.Reading) []string {
	if !r.Known {
		return []string{"", "", "", string(r.Unit), ""}
	}
	return []string{csvNumber(r.Value), csvNumber(r.Low), csvNumber(r.High), string(r.Unit), strconv.FormatBool(r.Censored)}
}

func csvNumber(v float64) string { return figures.Trimmed(v) }

// noFormula keeps a spreadsheet from running what a name or a message begins
// with. Numbers are left alone.
func noFormula(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}
