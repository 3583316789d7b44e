package cmd

import (
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

// sealHook seals each run, and notes first which earlier ones died before they
// were. It is the last hook: nothing is written after it.
func sealHook(set *settings) hook {
	return hook{name: "evidence", before: func(_ context.Context, r hookRun) error {
		return evidence.NoteDead(r.Dir.Root, time.Now())
	}, after: func(_ context.Context, r hookRun, _ *drill.Record) error {
		return seal(r.Dir, set)
	}}
}

// seal seals a run. What fails leaves a gap in the evidence, which is recorded
// in the run, told by its reports and named by verify; the verdict is what it is.
func seal(d rundir.Dir, set *settings) error {
	key, err := set.signingKey()
	return evidence.NoteGap(d, errors.Join(err, evidence.Seal(d, key, time.Now())), time.Now())
}

// withGap adds to a record what is missing of its evidence, as a note that all
// reports show; what was read from a report has it already.
func withGap(rec drill.Record) drill.Record {
	if rec.Dir == "" {
		return rec
	}
	why := evidence.Gap(dirOf(rec))
	if note := "EVIDENCE: " + why; why != "" && !slices.Contains(rec.Analysis.Notes, note) {
		rec.Analysis.Notes = append(slices.Clip(rec.Analysis.Notes), note)
	}
	return rec
}

// dirOf is the directory of a run that a record says it is of.
func dirOf(rec drill.Record) rundir.Dir {
	return rundir.Dir{Root: filepath.Dir(filepath.Dir(rec.Dir)), ID: filepath.Base(rec.Dir)}
}

// signingKey is the key of the settings, nil without one.
func (s *settings) signingKey() (ed25519.PrivateKey, error) {
	path := s.v.GetString("signing-key")
	if path == "" {
		return nil, nil
	}
	return readPrivateKey(path)
}

func readPrivateKey(path string) (ed25519.PrivateKey, error) {
	const hint = "'drillctl keygen PATH' makes one"
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, exit.Usagef(hint, "signing key %s: %w", path, exit.Reason(err))
	}
	key, err := evidence.PrivateKey(text)
	if err != nil {
		return nil, exit.Usagef(hint, "signing key %s: %w", path, err)
	}
	return key, nil
}

// recoverRun takes back what a run left. A run that was sealed is sealed again, and
// of one that was not the files are noted again: its journal has grown.
func recoverRun(ctx context.Context, d rundir.Dir, open runner.Opener, key ed25519.PrivateKey) ([]runner.Recovery, error) {
	done, err := runner.Recover(ctx, d, open)
	secrets := hidden(nil)
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
