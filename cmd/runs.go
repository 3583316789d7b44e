package cmd

import (
	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner/rundir"
)

func newRuns(env terminal.Env, set *settings.Settings) *cobra.Command {
	return &cobra.Command{
		Use:   "runs",
		Short: "List the runs, also those that never finished",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			root, err := set.StateDir()
			if err != nil {
				return err
			}
			dirs, err := rundir.List(root)
			if err != nil {
				return err
			}
			var rows []reports.RunSummary
			for _, d := range dirs {
				row, err := records.Summary(d)
				if err != nil { // one that is damaged does not hide the others
					row.Note = "cannot be read: " + err.Error()
				}
				rows = append(rows, row)
			}
			return reports.Runs(env.Out, rows, set.Table(env))
		},
	}
}
