package cmd

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/drift"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/history"
)

func newDue(env terminal.Env, set *settings.Settings) *cobra.Command {
	var asJSON bool
	var labels []string
	c := &cobra.Command{
		Use:   "due [SCENARIO|DIR...]",
		Short: "Say which drills are due; exit 1 when any is",
		Long: `Look at the scenarios that have a schedule and say which are due: overdue, never
drilled, or drilled before the system changed. A run counts that passed or failed;
an inconclusive one gave no answer. Without arguments, the scenarios in this
directory are looked at.

What has changed since the last run that passed is told setting by setting: the
configuration that was written down before that run (configuration.json) is held
against that of today, of containers as they are now. Where that cannot be told,
the drill is due.

It exits with 1 when anything is due, as a reminder in CI.`,
		Example: `  drillctl due drills/
  drillctl due drills/ --label quarterly --json`,
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, names []string) error {
			if len(names) == 0 {
				names = []string{"."}
			}
			return runDue(c.Context(), env, set, names, labels, asJSON)
		},
	}
	c.Flags().StringSliceVar(&labels, "label", nil, "only scenarios with one of these labels")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func runDue(ctx context.Context, env terminal.Env, set *settings.Settings, names, labels []string, asJSON bool) error {
	entries, err := source.Gather(env, names, labels)
	if err != nil {
		return err
	}
	root, err := set.StateDir()
	if err != nil {
		return err
	}
	duties, err := drift.Duties(ctx, drift.Lookout{Env: env, Root: root, Runtime: set.Runtime()}, entries, time.Now())
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(env.Out, duties)
	} else {
		err = reports.Duties(env.Out, dutyRows(duties), set.Table(env))
	}
	if err == nil && slices.ContainsFunc(duties, func(d history.Duty) bool { return d.Due }) {
		return exit.Told{Code: exit.Missed}
	}
	return err
}

func dutyRows(duties []history.Duty) []reports.DutyRow {
	var rows []reports.DutyRow
	for _, d := range duties {
		rows = append(rows, reports.DutyRow{Drill: d.Drill, Schedule: d.Schedule, Why: d.Why, Last: d.Last, Next: d.Next, Due: d.Due})
	}
	return rows
}
