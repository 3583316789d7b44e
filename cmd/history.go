package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/history"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/scenarios"
)

// indexFile is the index, beside the run directories.
const indexFile = "history.db"

type historyOptions struct {
	filter       history.Filter
	since, until string
	trend        string
	json         bool
}

func newHistory(env Env, set *settings) *cobra.Command {
	var o historyOptions
	c := &cobra.Command{
		Use:   "history",
		Short: "List and compare runs, from an index",
		Long: `List the runs, newest first, from an index in SQLite beside the run directories.
The directories are the truth: what was run, removed or finished since is brought
into the index first, and 'drillctl history rebuild' makes all of it again.

With --drill and --trend, one number of one drill is drawn over time and listed
point by point. Runs are never averaged.`,
		Example: `  drillctl history --verdict fail --since 90d
  drillctl history --drill region-blackhole --trend rta`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return runHistory(c.Context(), env, set, o) },
	}
	f := c.Flags()
	f.StringVar(&o.filter.Drill, "drill", "", "only this drill")
	f.StringVar(&o.filter.Label, "label", "", "only drills with this label")
	f.StringVar(&o.filter.Verdict, "verdict", "", "only pass, fail, inconclusive or unfinished")
	f.StringVar(&o.filter.System, "system", "", "only systems or runtimes with this in their names")
	f.StringVar(&o.since, "since", "", "from this date, or for this long: 2026-10-01 or 90d")
	f.StringVar(&o.until, "until", "", "before this date, or until so long ago")
	f.IntVar(&o.filter.Limit, "limit", 20, "at most so many, the newest; 0 is all")
	f.StringVar(&o.trend, "trend", "", "draw this number of one drill: "+metricNames())
	f.BoolVar(&o.json, "json", false, "print JSON")
	c.AddCommand(&cobra.Command{
		Use:   "rebuild",
		Short: "Make the index again from the run directories",
		Args:  args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			root, err := set.stateDir()
			if err != nil {
				return err
			}
			n, err := rebuild(c.Context(), root)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "%s in the index\n", plural(n, "run"))
			return err
		},
	})
	return c
}

// check reads the options that are words.
func (o *historyOptions) check(now time.Time) (err error) {
	if v := o.filter.Verdict; v != "" && !slices.Contains([]string{"pass", "fail", "inconclusive", history.Unfinished}, v) {
		return usagef("pass, fail, inconclusive or unfinished", "--verdict: %q is not known", v)
	}
	if o.filter.Since, err = instant("--since", o.since, now); err != nil {
		return err
	}
	if o.filter.Until, err = instant("--until", o.until, now); err != nil || o.trend == "" {
		return err
	}
	m, ok := metricOf(o.trend)
	if !ok {
		return usagef("known: "+metricNames(), "--trend: %q is not known", o.trend)
	}
	if o.filter.Drill == "" {
		return usagef("--drill NAME", "a trend is of one drill")
	}
	o.trend, o.filter.Metric = m.Name, m.Name
	return nil
}

// instant reads a date, or how long ago.
func instant(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	var d scenarios.Duration
	if err := d.UnmarshalText([]byte(text)); err != nil {
		return time.Time{}, usagef("write it like 2026-10-01 or 90d", "%s: %q is neither a date nor a duration", flag, text)
	}
	return now.Add(-std(d)), nil
}

func runHistory(ctx context.Context, env Env, set *settings, o historyOptions) error {
	if err := o.check(time.Now()); err != nil {
		return err
	}
	root, err := set.stateDir()
	if err != nil {
		return err
	}
	entries, total, err := query(ctx, root, o.filter)
	switch {
	case err != nil:
		return err
	case o.json:
		return writeJSON(env.Out, append([]history.Entry{}, entries...))
	case o.trend != "":
		slices.Reverse(entries)
		return reports.Trend(env.Out, o.filter.Drill, o.trend, trendPoints(entries, o.trend), set.tableOptions(env))
	}
	if err := reports.Runs(env.Out, summaries(entries), set.tableOptions(env)); err != nil {
		return err
	}
	if total > len(entries) {
		fmt.Fprintf(env.Err, "drillctl: the newest %d of %d runs; --limit 0 shows all\n", len(entries), total)
	}
	return nil
}

// query brings the index up to date and asks it.
func query(ctx context.Context, root string, f history.Filter) (entries []history.Entry, total int, err error) {
	if _, err := os.Stat(filepath.Join(root, "runs")); errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil // looking makes nothing
	}
	x, err := history.Open(ctx, filepath.Join(root, indexFile))
	if err != nil {
		return nil, 0, hinted{err, "'drillctl history rebuild' makes it again; or remove the file"}
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	if err := catchUp(ctx, x, root); err != nil {
		return nil, 0, err
	}
	if entries, err = x.Runs(ctx, f); err != nil {
		return nil, 0, err
	}
	total, err = x.Count(ctx, f)
	return entries, total, err
}

// catchUp indexes what is not in the index and removes what is gone.
func catchUp(ctx context.Context, x *history.Index, root string) error {
	known, err := x.Known(ctx)
	if err != nil {
		return err
	}
	dirs, err := rundir.List(root)
	if err != nil {
		return err
	}
	var news []history.Entry
	for _, d := range dirs {
		finished, ok := known[d.ID]
		delete(known, d.ID)
		if finished {
			continue
		}
		if _, err := os.Stat(d.Path(rundir.Record)); ok && err != nil {
			continue // as unfinished as before
		}
		e, err := indexed(d)
		if err != nil {
			return err
		}
		news = append(news, e)
	}
	var gone []string
	for run := range known {
		gone = append(gone, run)
	}
	if len(news) > 0 {
		err = x.Put(ctx, news...)
	}
	if len(gone) > 0 {
		err = errors.Join(err, x.Remove(ctx, gone...))
	}
	return err
}

// indexed is a run as the index keeps it.
func indexed(d rundir.Dir) (history.Entry, error) {
	a, err := d.ReadAttempt()
	if errors.Is(err, fs.ErrNotExist) {
		a.RegisteredAt, _ = d.Began()
	} else if err != nil {
		return history.Entry{}, err
	}
	rec, err := recordOf(d)
	return history.EntryOf(d.ID, a.RegisteredAt, a.Scenario, rec), err
}

func rebuild(ctx context.Context, root string) (n int, err error) {
	path := filepath.Join(root, indexFile)
	if _, err := os.Stat(filepath.Join(root, "runs")); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("history: %w", err)
	}
	_, n, err = query(ctx, root, history.Filter{Limit: 1})
	return n, err
}

// historyHook puts each run into the index, when it begins and when it ends.
func historyHook() hook {
	put := func(ctx context.Context, r hookRun, rec *drill.Record) (err error) {
		x, err := history.Open(ctx, filepath.Join(r.Dir.Root, indexFile))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, x.Close()) }()
		return x.Put(ctx, history.EntryOf(r.Dir.ID, r.Head.Attempt.RegisteredAt, r.Head.Scenario, rec))
	}
	return hook{name: "history",
		before: func(ctx context.Context, r hookRun) error { return put(ctx, r, nil) },
		after: func(ctx context.Context, r hookRun, rec drill.Record) error {
			if _, err := os.Stat(r.Dir.Path(rundir.Record)); err != nil {
				return nil // it stays what it is: an attempt
			}
			return put(ctx, r, &rec)
		}}
}

func summaries(entries []history.Entry) []reports.RunSummary {
	var rows []reports.RunSummary
	for _, e := range entries {
		row := reports.RunSummary{ID: e.Run, Scenario: e.Scenario, Began: e.Began, Verdict: e.Verdict, Duration: e.Took.Round(time.Second),
			RTA: e.Reading(drill.MetricRTA), RPA: e.Reading(drill.MetricRPA)}
		switch {
		case !e.Finished:
			row.Note = "never finished, or is still going on"
		case e.Outcome != "completed":
			row.Note = e.Outcome
		}
		rows = append(rows, row)
	}
	return rows
}

func trendPoints(entries []history.Entry, metric string) []reports.TrendPoint {
	var points []reports.TrendPoint
	for _, e := range entries {
		points = append(points, reports.TrendPoint{Run: e.Run, Began: e.Began, Reading: e.Reading(metric), Verdict: e.Verdict})
	}
	return points
}

func newDue(env Env, set *settings) *cobra.Command {
	var asJSON bool
	var labels []string
	c := &cobra.Command{
		Use:   "due [SCENARIO|DIR...]",
		Short: "Say which drills are due; exit 1 when any is",
		Long: `Look at the scenarios that have a schedule and say which are due: overdue, never
drilled, or drilled before the system in the scenario changed. A run counts that
passed or failed; an inconclusive one gave no answer. Without arguments, the
scenarios in this directory are looked at.

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

func runDue(ctx context.Context, env Env, set *settings, names, labels []string, asJSON bool) error {
	entries, err := gather(env, names, labels)
	if err != nil {
		return err
	}
	root, err := set.stateDir()
	if err != nil {
		return err
	}
	duties, err := dutiesOf(ctx, root, entries, time.Now())
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(env.Out, duties)
	} else {
		err = reports.Duties(env.Out, dutyRows(duties), set.tableOptions(env))
	}
	if err == nil && slices.ContainsFunc(duties, func(d history.Duty) bool { return d.Due }) {
		return toldError{exitMissed}
	}
	return err
}

func dutiesOf(ctx context.Context, root string, entries []entry, now time.Time) ([]history.Duty, error) {
	duties := []history.Duty{}
	for _, e := range entries {
		if e.sc.Schedule == "" {
			continue
		}
		d := history.Duty{Drill: e.sc.Name, File: e.name, Schedule: string(e.sc.Schedule), Every: e.sc.Schedule.Every(), System: e.sc.Fingerprint()}
		for _, verdict := range []string{"pass", "fail"} {
			runs, _, err := query(ctx, root, history.Filter{Drill: d.Drill, Verdict: verdict, Limit: 1})
			if err != nil {
				return nil, err
			}
			if len(runs) == 1 && runs[0].Began.After(d.Last) {
				d.Last, d.LastRun = runs[0].Began, runs[0].Run
			}
		}
		if d.LastRun != "" {
			rec, err := recordOf(rundir.Dir{Root: root, ID: d.LastRun})
			if err != nil {
				return nil, err
			}
			if rec != nil && rec.Spec.Context != nil {
				d.LastSystem = rec.Spec.Context.SystemSHA256
			}
		}
		duties = append(duties, d.Judge(now))
	}
	slices.SortStableFunc(duties, func(a, b history.Duty) int { return strings.Compare(a.Drill, b.Drill) })
	return duties, nil
}

func dutyRows(duties []history.Duty) []reports.DutyRow {
	var rows []reports.DutyRow
	for _, d := range duties {
		rows = append(rows, reports.DutyRow{Drill: d.Drill, Schedule: d.Schedule, Why: d.Why, Last: d.Last, Next: d.Next, Due: d.Due})
	}
	return rows
}
