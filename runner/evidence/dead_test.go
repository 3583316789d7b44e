package evidence

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
)

// What a dead run left is noted by the next one; a living run is left alone, and
// so is what was noted or sealed before.
func TestNoteDead(t *testing.T) {
	root := t.TempDir()
	dead, alive, sealed := register(t, root, "a"), register(t, root, "b"), register(t, root, "c")
	ok(t, os.WriteFile(dead.Path("logs/node.log"), []byte("hello\n"), 0o644))
	finish(t, sealed, nil)
	unlock, err := alive.Lock()
	ok(t, err)
	ok(t, os.Mkdir(root+"/runs/stranger", 0o755)) // the chain does not know it
	later := noon.Add(time.Hour)
	for range 2 {
		ok(t, NoteDead(root, later))
	}
	ok(t, os.Remove(root+"/runs/stranger"))
	lines, err := rundir.ReadChain(root)
	ok(t, err)
	if len(lines) != 5 || lines[4].Kind != rundir.LinkUnsealed || lines[4].Run != "a" || !lines[4].At.Equal(later) {
		t.Fatalf("%+v", lines)
	}
	if r, err := Verify(root, Options{}); err != nil || len(r.Problems) > 0 {
		t.Errorf("a run that never finished is no problem by itself: %s (%v)", said(r), err)
	}
	flip(t, dead.Path("logs/node.log"))
	r, err := Verify(root, Options{Run: "a"})
	ok(t, err)
	if got := said(r); got != "a logs/node.log was changed" {
		t.Errorf("%q", got)
	}
	ok(t, unlock())
}

// A gap that could not be put into the chain at once keeps its reason and its time.
func TestNoteDeadKeepsTheReason(t *testing.T) {
	root := t.TempDir()
	d := register(t, root, "a")
	ok(t, d.WriteJSON(rundir.Record, drill.Record{Schema: drill.RecordSchema, RunID: "a"}))
	chain, err := os.ReadFile(root + "/" + rundir.Chain)
	ok(t, err)
	if err := NoteGap(d, errors.New("no space left on device"), noon); err == nil {
		t.Fatal("no error")
	}
	ok(t, os.WriteFile(root+"/"+rundir.Chain, chain, 0o644))
	r, err := Verify(root, Options{})
	ok(t, err)
	if !strings.Contains(said(r), "unsealed.json is not in the chain") {
		t.Errorf("%s", said(r))
	}
	ok(t, NoteDead(root, noon.Add(time.Hour)))
	r, err = Verify(root, Options{})
	ok(t, err)
	if got := said(r); got != "a it was never sealed: no space left on device (2026-11-23T12:00:00Z)" {
		t.Errorf("%q", got)
	}
}
