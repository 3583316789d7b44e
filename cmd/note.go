package cmd

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

func newNote(env terminal.Env, set *settings.Settings) *cobra.Command {
	var e people.Entry
	var finding bool
	c := &cobra.Command{
		Use:   "note RUN TEXT",
		Short: "Add a note or a finding to a run",
		Long: `Add a note to a run, or with --finding something that has to be mended. Notes are
part of the evidence: 'drillctl verify' finds any that was changed or removed.

A missed objective for which nobody writes a finding is carried as an open one in
'drillctl findings' and in the quarterly report.`,
		Example: `  drillctl note last "the pager rang after 40 s" --by Ada
  drillctl note last "checks are too slow" --finding --severity high --owner Ada --due 2027-01-31 --objective rto`,
		Args:              args(cobra.ExactArgs(2)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(c *cobra.Command, a []string) error {
			e.Kind, e.Text, e.At = people.Note, strings.TrimSpace(a[1]), time.Now().UTC()
			if finding {
				e.Kind = people.Finding
			}
			if err := checkNote(&e, finding); err != nil {
				return err
			}
			return runNote(env, set, a[0], e)
		},
	}
	f := c.Flags()
	f.BoolVar(&finding, "finding", false, "it has to be mended")
	f.StringVar(&e.Severity, "severity", "", "of a finding: "+strings.Join(people.Severities, ", ")+" (default medium)")
	f.StringVar(&e.Owner, "owner", "", "who mends it")
	f.StringVar(&e.Due, "due", "", "until when, as 2027-01-31 (default by severity: 30, 60, 90 or 180 days)")
	f.StringVar(&e.Objective, "objective", "", "the objective that it is about")
	f.StringVar(&e.Affects, "affects", "", "the clause or the section of the plan that it is about")
	f.StringVar(&e.Ticket, "ticket", "", "where it is tracked")
	f.StringVar(&e.By, "by", "", "who says so")
	return c
}

// checkNote fills in what a finding needs and refuses what makes no sense.
func checkNote(e *people.Entry, finding bool) error {
	if e.Text == "" {
		return exit.Usagef("", "a note needs a text")
	}
	if !finding {
		if e.Severity+e.Owner+e.Due+e.Objective+e.Affects+e.Ticket != "" {
			return exit.Usagef("add --finding", "--severity, --owner, --due, --objective, --affects and --ticket are for findings")
		}
		return nil
	}
	if e.Severity == "" {
		e.Severity = "medium"
	}
	if err := people.KnownSeverity(e.Severity); err != nil {
		return exit.UsageError{Err: err}
	}
	if e.Due == "" {
		e.Due = e.At.AddDate(0, 0, people.DueAfter[e.Severity]).Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, e.Due); err != nil {
		return exit.Usagef("write it like 2027-01-31", "--due: %q is not a date", e.Due)
	}
	return nil
}

func runNote(env terminal.Env, set *settings.Settings, name string, e people.Entry) error {
	d, entries, err := peopleOf(set, name)
	if err != nil {
		return err
	}
	if e.Kind == people.Finding {
		e.ID = people.NewID(entries)
		if err := knownObjective(d, e.Objective); err != nil {
			return err
		}
	}
	if e, err = evidence.Add(d, e, nil); err != nil {
		return err
	}
	if e.Kind == people.Finding {
		_, err = fmt.Fprintf(env.Out, "%s %s: %s, due %s\n", d.ID, e.ID, e.Severity, e.Due)
		return err
	}
	_, err = fmt.Fprintf(env.Out, "%s: noted\n", d.ID)
	return err
}

// knownObjective refuses an objective that the run did not have.
func knownObjective(d rundir.Dir, id string) error {
	a, err := d.ReadAttempt()
	if err != nil || id == "" {
		return err
	}
	var ids []string
	for _, o := range a.Objectives {
		ids = append(ids, o.ID)
	}
	if !slices.Contains(ids, id) {
		return exit.Usagef("it has "+strings.Join(ids, ", "), "run %s has no objective %q", d.ID, id)
	}
	return nil
}
