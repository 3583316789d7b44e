package recovery

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

// Run takes back what a run left. A run that was sealed is sealed again, and
// of one that was not the files are noted again: its journal has grown.
func Run(ctx context.Context, d rundir.Dir, open runner.Opener, key ed25519.PrivateKey) ([]runner.Recovery, error) {
	done, err := runner.Recover(ctx, d, open)
	secrets := terminal.Secrets(nil)
	for i := range done {
		done[i].Err = secrets.ScrubError(done[i].Err)
	}
	err = secrets.ScrubError(err)
	switch {
	case len(done) == 0:
	case d.Sealed():
		err = errors.Join(err, evidence.NoteGap(d, evidence.Seal(d, key, time.Now()), time.Now()))
	default:
		err = errors.Join(err, evidence.NoteFiles(d, time.Now()))
	}
	return done, err
}
