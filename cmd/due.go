package cmd

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/history"
	"github.com/drillctl/drillctl/runner/rundir"
)

func newDue(env terminal.Env, set *settings) *cobra.Command {
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

// A lookout looks at what is drilled, and at what it was when it was drilled.
type lookout struct {
	env     terminal.Env
	root    string
	runtime string
	index   *history.Index // nil: there are no runs
}

func runDue(ctx context.Context, env terminal.Env, set *settings, names, labels []string, asJSON bool) error {
	entries, err := gather(env, names, labels)
	if err != nil {
		return err
	}
	root, err := set.stateDir()
	if err != nil {
		return err
	}
	duties, err := dutiesOf(ctx, lookout{env: env, root: root, runtime: set.v.GetString("runtime")}, entries, time.Now())
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(env.Out, duties)
	} else {
		err = reports.Duties(env.Out, dutyRows(duties), set.tableOptions(env))
	}
	if err == nil && slices.ContainsFunc(duties, func(d history.Duty) bool { return d.Due }) {
		return exit.Told{Code: exit.Missed}
	}
	return err
}

func dutiesOf(ctx context.Context, l lookout, entries []entry, now time.Time) (duties []history.Duty, err error) {
	if l.index, err = openIndex(ctx, l.root); err != nil {
		return nil, err
	}
	if l.index != nil {
		defer func() { err = errors.Join(err, l.index.Close()) }()
	}
	duties = []history.Duty{}
	for _, e := range entries {
		if e.sc.Schedule == "" {
			continue
		}
		d, err := l.duty(ctx, e)
		if err != nil {
			return nil, err
		}
		duties = append(duties, d.Judge(now))
	}
	slices.SortStableFunc(duties, func(a, b history.Duty) int { return strings.Compare(a.Drill, b.Drill) })
	return duties, nil
}

// duty is a scheduled drill with its last answer, and what has changed since it
// passed.
func (l lookout) duty(ctx context.Context, e entry) (history.Duty, error) {
	d := history.Duty{Drill: e.sc.Name, File: e.name, Schedule: string(e.sc.Schedule), Every: e.sc.Schedule.Every()}
	if l.index == nil {
		return d, nil
	}
	passed, err := l.last(ctx, &d, "pass")
	if err != nil {
		return d, err
	}
	if _, err := l.last(ctx, &d, "fail"); err != nil || d.LastRun == "" {
		return d, err
	}
	return d, l.since(ctx, e, &d, cmp.Or(passed, d.LastRun))
}

// last is the last run with a verdict, which counts as an answer to the duty.
func (l lookout) last(ctx context.Context, d *history.Duty, verdict string) (string, error) {
	runs, err := l.index.Runs(ctx, history.Filter{Drill: d.Drill, Verdict: verdict, Limit: 1})
	if err != nil || len(runs) == 0 {
		return "", err
	}
	if runs[0].Began.After(d.Last) {
		d.Last, d.LastRun = runs[0].Began, runs[0].Run
	}
	return runs[0].Run, nil
}

// since compares the configuration of today with that of a run.
func (l lookout) since(ctx context.Context, e entry, d *history.Duty, run string) error {
	was, err := configurationOf(rundir.Dir{Root: l.root, ID: run})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // of an older drillctl
	}
	if err != nil {
		return err
	}
	d.Since = run
	if e.on, err = subjectOf(l.env, e.sc, nil, l.runtime); err != nil {
		return err
	}
	now, err := e.configuration(ctx, l.root, environment(e.on.Where(), nil))
	if err != nil {
		d.Unknown = []string{err.Error()}
		return nil
	}
	d.Changed, d.Unknown = drill.Changed(now, *was, e.sc.Drift.Ignore)
	return nil
}

func dutyRows(duties []history.Duty) []reports.DutyRow {
	var rows []reports.DutyRow
	for _, d := range duties {
		rows = append(rows, reports.DutyRow{Drill: d.Drill, Schedule: d.Schedule, Why: d.Why, Last: d.Last, Next: d.Next, Due: d.Due})
	}
	return rows
}
