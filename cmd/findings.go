package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/evidence"
)

func newFindings(env terminal.Env, set *settings.Settings) *cobra.Command {
	var open, asJSON bool
	c := &cobra.Command{
		Use:   "findings",
		Short: "List what drills have found, or close it",
		Long: `List the findings of all runs: those that people wrote, and one for each missed
objective for which nobody did. A later run that meets the objective is named as
a retest; it closes nothing.`,
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			root, err := set.StateDir()
			if err != nil {
				return err
			}
			all, missing := records.Issues(root)
			if open {
				all = slices.DeleteFunc(all, func(i people.Issue) bool { return i.Status != people.Open })
			}
			if asJSON {
				return errors.Join(writeJSON(env.Out, append([]people.Issue{}, all...)), missing)
			}
			return errors.Join(reports.Findings(env.Out, all, time.Now(), set.Table(env)), missing)
		},
	}
	c.Flags().BoolVar(&open, "open", false, "only open ones")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(newClose(env, set))
	return c
}

func newClose(env terminal.Env, set *settings.Settings) *cobra.Command {
	var e people.Entry
	c := &cobra.Command{
		Use:               "close RUN FINDING",
		Short:             "Close a finding",
		Example:           `  drillctl findings close last F1 --by Grace --reason "checks every second; retested"`,
		Args:              args(cobra.ExactArgs(2)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(_ *cobra.Command, a []string) error {
			if strings.TrimSpace(e.By) == "" {
				return exit.Usagef("--by NAME", "somebody has to close it")
			}
			d, entries, err := peopleOf(set, a[0])
			if err != nil {
				return err
			}
			rec, err := records.Of(d)
			if err != nil {
				return err
			}
			all := people.Issues(d.ID, rec, entries)
			i := slices.IndexFunc(all, func(f people.Issue) bool { return f.ID == a[1] })
			switch {
			case i < 0:
				return exit.Usagef("'drillctl findings' lists them", "run %s has no finding %q", d.ID, a[1])
			case all[i].Status == people.Closed:
				return exit.Usagef("", "%s of run %s is closed already, by %s", a[1], d.ID, all[i].ClosedBy)
			}
			e.Kind, e.ID, e.At = people.Close, a[1], time.Now().UTC()
			if _, err := evidence.Add(d, e, nil); err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "%s %s: closed by %s\n", d.ID, e.ID, e.By)
			return err
		},
	}
	c.Flags().StringVar(&e.By, "by", "", "who closes it; better not its owner")
	c.Flags().StringVar(&e.Text, "reason", "", "what was done, or why it is accepted")
	return c
}
