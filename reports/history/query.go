package history

import (
	"context"
	"strings"
	"time"
)

// A Filter chooses runs; what is zero chooses nothing out.
type Filter struct {
	Drill   string // the scenario's name
	Label   string
	Verdict string // pass, fail, inconclusive, unfinished
	System  string // a part of the system's or the runtime's name
	Metric  string // the run has a known reading of it
	Since   time.Time
	Until   time.Time // before it
	Limit   int       // at most so many, the newest; 0 is no limit
}

// where is the filter in SQL.
func (f Filter) where() (string, []any) {
	var conds []string
	var args []any
	add := func(cond string, arg ...any) { conds, args = append(conds, cond), append(args, arg...) }
	if f.Drill != "" {
		add("scenario = ?", f.Drill)
	}
	if f.Label != "" {
		add("run IN (SELECT run FROM labels WHERE label = ?)", f.Label)
	}
	if f.Verdict != "" {
		add("verdict = ?", f.Verdict)
	}
	if f.System != "" {
		add("(instr(system, ?) > 0 OR instr(runtime, ?) > 0)", f.System, f.System)
	}
	if f.Metric != "" {
		add("EXISTS (SELECT 1 FROM readings r WHERE r.run = runs.run AND r.metric = ?)", f.Metric)
	}
	if !f.Since.IsZero() {
		add("began >= ?", f.Since.UnixNano())
	}
	if !f.Until.IsZero() {
		add("began < ?", f.Until.UnixNano())
	}
	if len(conds) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conds, " AND "), args
}

// Runs are the runs that a filter chooses, newest first, with their readings.
func (x *Index) Runs(ctx context.Context, f Filter) ([]Entry, error) {
	where, args := f.where()
	chosen := "FROM runs" + where + " ORDER BY began DESC, run DESC"
	if f.Limit > 0 {
		chosen += " LIMIT ?"
		args = append(args, f.Limit)
	}
	var out []Entry
	at := map[string]int{}
	err := x.each(ctx, "SELECT run, scenario, title, labels, system, runtime, began, took, verdict, outcome "+chosen, args, func(scan func(...any) error) error {
		e, err := entryOf(scan)
		at[e.Run] = len(out)
		out = append(out, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = x.each(ctx, "SELECT run, metric, value, low, high, unit, censored FROM readings WHERE run IN (SELECT run "+chosen+") ORDER BY metric", args, func(scan func(...any) error) error {
		run, r, err := readingOf(scan)
		if i, ok := at[run]; ok {
			out[i].Readings = append(out[i].Readings, r)
		}
		return err
	})
	return out, err
}

// Count is how many runs a filter chooses, whatever its limit.
func (x *Index) Count(ctx context.Context, f Filter) (n int, err error) {
	where, args := f.where()
	err = x.each(ctx, "SELECT count(*) FROM runs"+where, args, func(scan func(...any) error) error { return scan(&n) })
	return n, err
}
