package cmd

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/history"
	"github.com/drillctl/drillctl/scenarios"
)

type historyOptions struct {
	filter       history.Filter
	since, until string
	trend, chart string
	json         bool
}

func newHistory(env terminal.Env, set *settings.Settings) *cobra.Command {
	var o historyOptions
	c := &cobra.Command{
		Use:   "history",
		Short: "List and compare runs, from an index",
		Long: `List the runs, newest first, from an index in SQLite beside the run directories.
The directories are the truth: what was run, removed or finished since is brought
into the index first, and 'drillctl history rebuild' makes all of it again.

With --drill and --trend, one number of one drill is drawn over time and listed
point by point; --chart draws it into a file, with the targets. Runs are never
averaged.`,
		Example: `  drillctl history --verdict fail --since 90d
  drillctl history --drill region-blackhole --trend rta
  drillctl history --drill region-blackhole --trend rta --chart rta.svg`,
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
	f.StringVar(&o.chart, "chart", "", "with --trend: draw it into this file, too, which ends with .svg or .png")
	f.BoolVar(&o.json, "json", false, "print JSON")
	c.AddCommand(&cobra.Command{
		Use:   "rebuild",
		Short: "Make the index again from the run directories",
		Args:  args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			root, err := set.StateDir()
			if err != nil {
				return err
			}
			n, err := records.Rebuild(c.Context(), root)
			if err != nil {
				return err
			}
			runs := "runs"
			if n == 1 {
				runs = "run"
			}
			_, err = fmt.Fprintf(env.Out, "%d %s in the index\n", n, runs)
			return err
		},
	})
	return c
}

// check reads the options that are words.
func (o *historyOptions) check(now time.Time) (err error) {
	if v := o.filter.Verdict; v != "" && !slices.Contains([]string{"pass", "fail", "inconclusive", history.Unfinished}, v) {
		return exit.Usagef("pass, fail, inconclusive or unfinished", "--verdict: %q is not known", v)
	}
	if o.filter.Since, err = instant("--since", o.since, now); err != nil {
		return err
	}
	if o.filter.Until, err = instant("--until", o.until, now); err != nil {
		return err
	}
	if err := o.checkChart(); err != nil || o.trend == "" {
		return err
	}
	m, ok := metricOf(o.trend)
	if !ok {
		return exit.Usagef("known: "+metricNames(), "--trend: %q is not known", o.trend)
	}
	if o.filter.Drill == "" {
		return exit.Usagef("--drill NAME", "a trend is of one drill")
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
		return time.Time{}, exit.Usagef("write it like 2026-10-01 or 90d", "%s: %q is neither a date nor a duration", flag, text)
	}
	return now.Add(-time.Duration(d)), nil
}

func runHistory(ctx context.Context, env terminal.Env, set *settings.Settings, o historyOptions) error {
	if err := o.check(time.Now()); err != nil {
		return err
	}
	root, err := set.StateDir()
	if err != nil {
		return err
	}
	entries, total, err := records.Query(ctx, root, o.filter)
	if err == nil && o.chart != "" {
		err = o.draw(root, entries)
	}
	switch {
	case err != nil:
		return err
	case o.json:
		return writeJSON(env.Out, append([]history.Entry{}, entries...))
	case o.trend != "":
		slices.Reverse(entries)
		return reports.Trend(env.Out, o.filter.Drill, o.trend, records.TrendPoints(entries, o.trend), set.Table(env))
	}
	if len(entries) == 0 && o.filter != (history.Filter{Limit: o.filter.Limit}) {
		_, err := fmt.Fprintln(env.Out, "  no run fits")
		return err
	}
	if err := reports.Runs(env.Out, records.Summaries(entries), set.Table(env)); err != nil {
		return err
	}
	if total > len(entries) {
		fmt.Fprintf(env.Err, "drillctl: the newest %d of %d runs; --limit 0 shows all\n", len(entries), total)
	}
	return nil
}
