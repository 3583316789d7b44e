package runner

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
)

// StoreBaseline keeps with a finished run how it compares with earlier ones, and
// writes its record again: from then on that is part of its verdict. The run must
// not be sealed yet.
func StoreBaseline(dir rundir.Dir, b drill.Baseline) (drill.Record, error) {
	if err := dir.WriteJSON(rundir.Baseline, b); err != nil {
		return drill.Record{}, fmt.Errorf("store the comparison: %w", err)
	}
	rec, err := Analyze(dir)
	if err != nil {
		return rec, err
	}
	return rec, dir.WriteJSON(rundir.Record, rec)
}

// hold adds the comparison that was stored with a run, if there is one.
func hold(dir rundir.Dir, rec drill.Record) (drill.Record, error) {
	var b drill.Baseline
	err := dir.ReadJSON(rundir.Baseline, &b)
	if errors.Is(err, fs.ErrNotExist) {
		return rec, nil
	}
	if err == nil {
		rec.Hold(b)
	}
	return rec, err
}
