package evidence

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
)

// A run that could not be sealed, or not signed, is a gap that verify names with
// its reason, and that nobody can take away by removing a file.
func TestGap(t *testing.T) {
	root := t.TempDir()
	sealed, bare, unsigned := register(t, root, "a"), register(t, root, "b"), register(t, root, "c")
	never := register(t, root, "d")
	finish(t, sealed, nil)
	finish(t, unsigned, nil)
	ok(t, bare.WriteJSON(rundir.Record, drill.Record{Schema: drill.RecordSchema, RunID: "b"}))
	full := errors.New("no space left on device")
	for _, d := range []rundir.Dir{bare, unsigned} {
		if err := NoteGap(d, full, noon); !errors.Is(err, full) {
			t.Errorf("%s: %v", d.ID, err)
		}
	}
	ok(t, NoteGap(sealed, nil, noon))
	for d, want := range map[rundir.Dir]string{
		sealed: "", never: "",
		bare:     "it was never sealed: no space left on device (2026-11-23T12:00:00Z)",
		unsigned: "it was sealed, but not signed as it should have been: no space left on device (2026-11-23T12:00:00Z)",
	} {
		if got := Gap(d); got != want {
			t.Errorf("%s: %q, want %q", d.ID, got, want)
		}
	}
	r, err := Verify(root, Options{})
	ok(t, err)
	for _, s := range r.Runs {
		if want := s.Run == "b" || s.Run == "c"; (len(s.Problems) == 1) != want {
			t.Errorf("%s: %v", s.Run, s.Problems)
		}
	}
	ok(t, os.Remove(bare.Path(rundir.Unsealed)))
	if r, err = Verify(root, Options{Run: "b"}); err != nil || !strings.Contains(said(r), "never sealed: drillctl died before, or its manifest was removed") || !strings.Contains(said(r), "b unsealed.json was removed") {
		t.Errorf("%+v (%v)", r.Problems, err)
	}
	ok(t, bare.Write(rundir.Unsealed, []byte("{")))
	if got := Gap(bare); got != "it was never sealed: unsealed.json cannot be read" {
		t.Errorf("%q", got)
	}
}
