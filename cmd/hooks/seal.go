package hooks

import (
	"context"
	"errors"
	"time"

	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

// sealHook seals each run, and notes first which earlier ones died before they
// were. It is the last hook: nothing is written after it.
func sealHook(set *settings.Settings) Hook {
	return Hook{Name: "evidence", Before: func(_ context.Context, r Run) error {
		return evidence.NoteDead(r.Dir.Root, time.Now())
	}, After: func(_ context.Context, r Run, _ *drill.Record) error {
		return Seal(r.Dir, set)
	}}
}

// Seal seals a run. What fails leaves a gap in the evidence, which is recorded
// in the run, told by its reports and named by verify; the verdict is what it is.
func Seal(d rundir.Dir, set *settings.Settings) error {
	key, err := set.SigningKey()
	return evidence.NoteGap(d, errors.Join(err, evidence.Seal(d, key, time.Now())), time.Now())
}
