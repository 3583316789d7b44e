package cmd

import (
	"errors"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner/rundir"
)

func newRuns(env terminal.Env, set *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "runs",
		Short: "List the runs, also those that never finished",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			root, err := set.stateDir()
			if err != nil {
				return err
			}
			dirs, err := rundir.List(root)
			if err != nil {
				return err
			}
			var rows []reports.RunSummary
			for _, d := range dirs {
				row, err := summary(d)
				if err != nil { // one that is damaged does not hide the others
					row.Note = "cannot be read: " + err.Error()
				}
				rows = append(rows, row)
			}
			return reports.Runs(env.Out, rows, set.tableOptions(env))
		},
	}
}

// summary is one line about a run, from whatever it left.
func summary(d rundir.Dir) (reports.RunSummary, error) {
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

// tableOptions are for tables on stdout.
func (s *settings) tableOptions(env terminal.Env) reports.Options {
	return reports.Options{Color: s.useColor(env, env.OutTTY), Width: env.Width()}
}
