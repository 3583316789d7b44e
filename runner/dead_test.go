package runner

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
)

// A run that died anywhere is judged by what it left: never a pass, never an
// error, and the same every time.
func TestDeadRunsAreJudged(t *testing.T) {
	var b *bench
	alive := testDir(t)
	synctest.Test(t, func(t *testing.T) {
		b = newBench(t)
		b.w.outage, b.opts.Dir = time.Second, alive
		if rec, err := Run(t.Context(), b.opts); err != nil || rec.Verdict != drill.Pass {
			t.Fatalf("alive it is %s: %s (%v)", rec.Verdict, rec.Reason, err)
		}
	})
	files := map[string][]byte{}
	for _, name := range []string{rundir.Events, rundir.Samples} {
		data, err := os.ReadFile(b.opts.Dir.Path(name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	dead := func(t *testing.T, events, samples []byte) drill.Record {
		t.Helper()
		dir := testDir(t)
		head := b.opts.Record
		head.Began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if err := Register(dir, b.opts.Plan, head); err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{rundir.Events: events, rundir.Samples: samples} {
			if data == nil {
				continue
			}
			if err := os.WriteFile(dir.Path(name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		rec, err := Analyze(dir)
		if err != nil {
			t.Fatalf("%d bytes of events, %d of samples: %v", len(events), len(samples), err)
		}
		if again, err := Analyze(dir); err != nil || !reflect.DeepEqual(rec, again) {
			t.Errorf("judged again it is something else (%v)", err)
		}
		if rec.Verdict != drill.Inconclusive || rec.Outcome != Unfinished || !strings.Contains(rec.Reason, "drillctl died") {
			t.Errorf("verdict %s, outcome %s: %s", rec.Verdict, rec.Outcome, rec.Reason)
		}
		for _, o := range rec.Objectives {
			if o.Verdict != drill.Inconclusive || o.Met != nil {
				t.Errorf("%s: %s", o.Objective.ID, o.Verdict)
			}
		}
		return rec
	}
	dead(t, nil, nil)
	const cuts = 12
	for i := range cuts + 1 {
		dead(t, files[rundir.Events][:len(files[rundir.Events])*i/cuts], files[rundir.Samples])
		dead(t, files[rundir.Events], files[rundir.Samples][:len(files[rundir.Samples])*i/cuts])
	}
	rec := dead(t, files[rundir.Events], files[rundir.Samples])
	if len(rec.Analysis.Incidents) == 0 || rec.Ended.Sub(rec.Began) < 10*time.Second {
		t.Errorf("of the whole log %d incidents in %s", len(rec.Analysis.Incidents), rec.Ended.Sub(rec.Began))
	}
}

// Damage in the middle of a dead run's log is an error, and what it left in force
// is told.
func TestDeadRunsWithDamage(t *testing.T) {
	b := newBench(t)
	dir := testDir(t)
	if err := Register(dir, b.opts.Plan, b.opts.Record); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(dir.Path(rundir.Journal))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(journal.Entry{ID: "steps[0]/a", State: journal.Intent, Ref: runtimes.Ref{ID: "a-api-1"}, Kind: "pause"}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	rec, err := Analyze(dir)
	if err != nil || rec.Cleanup.Verified || len(rec.Cleanup.Residue) != 1 || rec.Cleanup.Residue[0] != "pause on a-api-1" {
		t.Errorf("cleanup %+v (%v)", rec.Cleanup, err)
	}
	if err := os.WriteFile(dir.Path(rundir.Events), bytes.Repeat([]byte("{\"kind\":\n"), 2), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Analyze(dir); err == nil || !strings.Contains(err.Error(), rundir.Events) {
		t.Errorf("a damaged log: %v", err)
	}
}

// What was measured is on disk a second later, however slow the load is.
func TestSamplesReachTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.w.outage = time.Second
		time.AfterFunc(5*time.Second, func() {
			taken, err := os.ReadFile(b.opts.Dir.Path(rundir.Samples))
			if err != nil {
				t.Error(err)
			}
			if end, err := lastSeen(nil, taken); err != nil || end < 3500*time.Millisecond {
				t.Errorf("after 5 s the file ends at %s (%v)", end, err)
			}
		})
		if _, err := Run(t.Context(), b.opts); err != nil {
			t.Fatal(err)
		}
	})
}
