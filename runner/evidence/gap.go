package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/drillctl/drillctl/runner/rundir"
)

// A gap is what unsealed.json holds: that a run has no seal, or lacks the
// signature that the settings asked for.
type gap struct {
	At    time.Time `json:"at"`
	Error string    `json:"error"`
}

// NoteGap records in a run's directory why its evidence is not what it should
// be. It returns why together with what went wrong in recording it.
func NoteGap(d rundir.Dir, why error, now time.Time) error {
	if why == nil {
		return nil
	}
	return errors.Join(why, d.WriteJSON(rundir.Unsealed, gap{now.UTC(), why.Error()}))
}

// Gap says what is missing of the evidence of a run that has a record, "" when
// nothing is. It does not look whether what is there still fits: Verify does.
func Gap(d rundir.Dir) string {
	if _, err := os.Stat(d.Path(rundir.Record)); err != nil {
		return ""
	}
	var g gap
	noted := d.ReadJSON(rundir.Unsealed, &g)
	state := "it was never sealed"
	if d.Sealed() {
		state = "it was sealed, but not signed as it should have been"
	}
	switch {
	case noted == nil:
		return fmt.Sprintf("%s: %s (%s)", state, g.Error, g.At.UTC().Format(time.RFC3339))
	case !errors.Is(noted, fs.ErrNotExist):
		return state + ": unsealed.json cannot be read"
	case !d.Sealed():
		return state + ": drillctl died before, or its manifest was removed"
	}
	return ""
}
