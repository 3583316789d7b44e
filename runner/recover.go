package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
)

// An Opener gives the runtime in which a journal's instances live, or an error
// that wraps runtimes.ErrGone when that has ended with its run.
type Opener func(ctx context.Context, ref runtimes.Ref) (runtimes.Runtime, error)

// An Undoer is a runtime whose entries in a journal are no faults: it takes them
// back itself. It is safe to repeat.
type Undoer interface {
	Undo(ctx context.Context, e journal.Entry) error
}

// A Recovery is what was done about one piece of outstanding damage.
type Recovery struct {
	Entry journal.Entry
	Gone  bool  // the instance is no more: nothing to take back
	Err   error // could not be undone
}

// Outstanding lists the runs that died and left damage in their journals. Runs
// that are still going on are not among them.
func Outstanding(root string) (map[rundir.Dir][]journal.Entry, error) {
	dirs, err := rundir.List(root)
	if err != nil {
		return nil, err
	}
	out := map[rundir.Dir][]journal.Entry{}
	for _, d := range dirs {
		left, err := journal.Left(d.Path(rundir.Journal))
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", d.ID, err)
		}
		if len(left) == 0 {
			continue
		}
		unlock, err := d.Lock()
		if errors.Is(err, rundir.ErrLocked) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := unlock(); err != nil {
			return nil, err
		}
		out[d] = left
	}
	return out, nil
}

// Recover takes back what a dead run left behind, newest first. It can be
// repeated: what was undone stays undone, and a vanished instance counts as
// done. The error wraps ErrStuck when something could not be undone.
func Recover(ctx context.Context, dir rundir.Dir, open Opener) ([]Recovery, error) {
	unlock, err := dir.Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	left, err := journal.Left(dir.Path(rundir.Journal))
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", dir.ID, err)
	}
	if len(left) == 0 {
		return nil, nil
	}
	j, err := journal.Open(dir.Path(rundir.Journal))
	if err != nil {
		return nil, err
	}
	defer j.Close()
	var done []Recovery
	var errs error
	for _, e := range left {
		r := Recovery{Entry: e}
		r.Gone, r.Err = takeBackEntry(ctx, e, open)
		if r.Err == nil {
			e.State = journal.Reverted
			r.Err = j.Append(e)
		}
		if r.Err != nil {
			errs = errors.Join(errs, fmt.Errorf("%w: %s on %s: %w", ErrStuck, e.Kind, e.Ref.ID, r.Err))
		}
		done = append(done, r)
	}
	return done, errs
}

func takeBackEntry(ctx context.Context, e journal.Entry, open Opener) (gone bool, err error) {
	rt, err := open(ctx, e.Ref)
	if errors.Is(err, runtimes.ErrGone) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if u, ok := rt.(Undoer); ok {
		return false, safely(func() error { return u.Undo(ctx, e) })
	}
	in, err := rt.Reopen(ctx, e.Ref)
	if errors.Is(err, runtimes.ErrGone) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	kind, ok := faults.Lookup(e.Kind)
	if !ok {
		return false, fmt.Errorf("this drillctl knows no fault %q", e.Kind)
	}
	f := kind.New()
	if err := json.Unmarshal(e.Fault, f); err != nil {
		return false, fmt.Errorf("read the fault back: %w", err)
	}
	err = safely(func() error { return f.Undo(ctx, in) })
	if errors.Is(err, runtimes.ErrGone) { // it went meanwhile
		return true, nil
	}
	return false, err
}
