package hooks

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/history"
	"github.com/drillctl/drillctl/runner/rundir"
)

// historyHook puts each run into the index, when it begins and when it ends.
func historyHook() Hook {
	put := func(ctx context.Context, r Run, rec *drill.Record) (err error) {
		x, err := history.Open(ctx, filepath.Join(r.Dir.Root, records.IndexFile))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, x.Close()) }()
		return x.Put(ctx, history.EntryOf(r.Dir.ID, r.Head.Attempt.RegisteredAt, r.Head.Scenario, rec))
	}
	return Hook{Name: "history",
		Before: func(ctx context.Context, r Run) error { return put(ctx, r, nil) },
		After: func(ctx context.Context, r Run, rec *drill.Record) error {
			if _, err := os.Stat(r.Dir.Path(rundir.Record)); err != nil {
				return nil // it stays what it is: an attempt
			}
			return put(ctx, r, rec)
		}}
}
