package drift

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/history"
	"github.com/drillctl/drillctl/runner/rundir"
)

// A Lookout looks at what is drilled, and at what it was when it was drilled.
type Lookout struct {
	Env     terminal.Env
	Root    string
	Runtime string
	index   *history.Index // nil: there are no runs
}

// Duties are the drills that have a schedule, judged at a time, by name.
func Duties(ctx context.Context, l Lookout, drills []source.Drill, now time.Time) (duties []history.Duty, err error) {
	if l.index, err = records.OpenIndex(ctx, l.Root); err != nil {
		return nil, err
	}
	if l.index != nil {
		defer func() { err = errors.Join(err, l.index.Close()) }()
	}
	duties = []history.Duty{}
	for _, e := range drills {
		if e.Scenario.Schedule == "" {
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
func (l Lookout) duty(ctx context.Context, a source.Drill) (history.Duty, error) {
	d := history.Duty{Drill: a.Scenario.Name, File: a.Name, Schedule: string(a.Scenario.Schedule), Every: a.Scenario.Schedule.Every()}
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
	return d, l.since(ctx, a, &d, cmp.Or(passed, d.LastRun))
}

// last is the last run with a verdict, which counts as an answer to the duty.
func (l Lookout) last(ctx context.Context, d *history.Duty, verdict string) (string, error) {
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
func (l Lookout) since(ctx context.Context, a source.Drill, d *history.Duty, run string) error {
	was, err := configurationOf(rundir.Dir{Root: l.Root, ID: run})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // of an older drillctl
	}
	if err != nil {
		return err
	}
	d.Since = run
	on, err := subject.Of(l.Env, a.Scenario, nil, l.Runtime)
	if err != nil {
		return err
	}
	now, err := Configuration(ctx, a, on, l.Root, subject.Environment(on.Where(), nil))
	if err != nil {
		d.Unknown = []string{err.Error()}
		return nil
	}
	d.Changed, d.Unknown = drill.Changed(now, *was, a.Scenario.Drift.Ignore)
	return nil
}
