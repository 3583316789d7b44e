package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/reports/history"
	"github.com/drillctl/drillctl/runner/rundir"
)

// Query brings the index up to date and asks it.
func Query(ctx context.Context, root string, f history.Filter) (entries []history.Entry, total int, err error) {
	x, err := OpenIndex(ctx, root)
	if err != nil || x == nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	if entries, err = x.Runs(ctx, f); err != nil {
		return nil, 0, err
	}
	total, err = x.Count(ctx, f)
	return entries, total, err
}

// OpenIndex opens the index, up to date. Where there are no runs it is nil: looking
// makes nothing.
func OpenIndex(ctx context.Context, root string) (*history.Index, error) {
	if _, err := os.Stat(filepath.Join(root, "runs")); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	x, err := history.Open(ctx, filepath.Join(root, IndexFile))
	if err != nil {
		return nil, exit.Hint(err, "'drillctl history rebuild' makes it again; or remove the file")
	}
	if err := catchUp(ctx, x, root); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
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
		news = append(news, indexed(d))
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

// indexed is a run as the index keeps it. One that cannot be read is an attempt whose
// outcome says so; it is looked at again each time.
func indexed(d rundir.Dir) history.Entry {
	a, err := d.ReadAttempt()
	if err != nil {
		a.RegisteredAt, _ = d.Began()
	}
	rec, recErr := Of(d)
	e := history.EntryOf(d.ID, a.RegisteredAt, a.Scenario, rec)
	if recErr != nil || err != nil && !errors.Is(err, fs.ErrNotExist) {
		e.Outcome = unreadable
	}
	return e
}

// unreadable is the outcome of a run whose files cannot be read.
const unreadable = "its files cannot be read: 'drillctl verify' says what was changed"

// Rebuild makes the index anew, of n runs.
func Rebuild(ctx context.Context, root string) (n int, err error) {
	path := filepath.Join(root, IndexFile)
	if _, err := os.Stat(filepath.Join(root, "runs")); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("history: %w", err)
	}
	_, n, err = Query(ctx, root, history.Filter{Limit: 1})
	return n, err
}

// IndexFile is the index, beside the run directories.
const IndexFile = "history.db"
