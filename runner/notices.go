package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
)

// StoreNotices keeps with a run what became of the messages about it, and writes
// its record again, if it has one. They change nothing else in it. The run must
// not be sealed yet.
func StoreNotices(dir rundir.Dir, rec drill.Record, notices []drill.Notice) (drill.Record, error) {
	if len(notices) == 0 {
		return rec, nil
	}
	if err := dir.WriteJSON(rundir.Notices, notices); err != nil {
		return rec, fmt.Errorf("store the notices: %w", err)
	}
	rec.Notices = notices
	if _, err := os.Stat(dir.Path(rundir.Record)); err != nil {
		return rec, nil // it stays what it is: an attempt
	}
	stored := rec
	stored.Dir = ""
	return rec, dir.WriteJSON(rundir.Record, stored)
}

// withNotices adds the notices that were stored with a run, if there are any.
func withNotices(dir rundir.Dir, rec drill.Record) (drill.Record, error) {
	err := dir.ReadJSON(rundir.Notices, &rec.Notices)
	if errors.Is(err, fs.ErrNotExist) {
		return rec, nil
	}
	return rec, err
}
