package records

import (
	"errors"
	"io/fs"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/history"
	"github.com/drillctl/drillctl/runner/rundir"
)

// Summaries are the lines of a list of runs.
func Summaries(entries []history.Entry) []reports.RunSummary {
	var rows []reports.RunSummary
	for _, e := range entries {
		row := reports.RunSummary{ID: e.Run, Scenario: e.Scenario, Began: e.Began, Verdict: e.Verdict, Duration: e.Took.Round(time.Second),
			RTA: e.Reading(drill.MetricRTA), RPA: e.Reading(drill.MetricRPA)}
		switch {
		case !e.Finished && e.Outcome == "":
			row.Note = "never finished, or is still going on"
		case e.Outcome != "completed":
			row.Note = e.Outcome
		}
		rows = append(rows, row)
	}
	return rows
}

// TrendPoints are one metric of runs.
func TrendPoints(entries []history.Entry, metric string) []reports.TrendPoint {
	var points []reports.TrendPoint
	for _, e := range entries {
		points = append(points, reports.TrendPoint{Run: e.Run, Began: e.Began, Reading: e.Reading(metric), Verdict: e.Verdict})
	}
	return points
}

// Summary is one line about a run, from whatever it left.
func Summary(d rundir.Dir) (reports.RunSummary, error) {
	row := reports.RunSummary{ID: d.ID}
	a, err := d.ReadAttempt()
	if errors.Is(err, fs.ErrNotExist) {
		row.Note = "no attempt was registered"
		return row, nil
	}
	if err != nil {
		return row, err
	}
	row.Scenario, row.Began = a.Scenario.Name, a.RegisteredAt
	var rec drill.Record
	err = d.ReadJSON(rundir.Record, &rec)
	if errors.Is(err, fs.ErrNotExist) {
		row.Note = "never finished: 'drillctl analyze " + d.ID + "' judges what it left"
		if unlock, err := d.Lock(); errors.Is(err, rundir.ErrLocked) {
			row.Note = "still going on"
		} else if err == nil {
			row.Verdict = drill.Inconclusive
			return row, unlock()
		}
		return row, nil
	}
	if err != nil {
		return row, err
	}
	row.Verdict, row.Duration = rec.Verdict, rec.Ended.Sub(rec.Began).Round(time.Second)
	row.RTA, row.RPA = rec.Analysis.Reading(drill.MetricRTA), rec.Analysis.Reading(drill.MetricRPA)
	if rec.Outcome != "completed" {
		row.Note = rec.Outcome
	}
	return row, nil
}
