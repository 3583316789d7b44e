package suite

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/cmd/drift"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner/rundir"
)

// earlier leaves passing runs behind that took these seconds to recover.
func earlier(t *testing.T, root, fingerprint string, rta ...float64) {
	t.Helper()
	at := time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC)
	for i, v := range rta {
		id := fmt.Sprintf("20261120T0700%02d-short-%04d", i, i)
		rec := drill.Record{Schema: drill.RecordSchema, RunID: id, Fingerprint: fingerprint, Verdict: drill.Pass, Outcome: "completed", Began: at, Ended: at,
			Analysis: drill.Analysis{Readings: []drill.Reading{{Metric: drill.MetricRTA, Unit: drill.Seconds, Value: v, Low: v, High: v, Known: true}}}}
		dir, err := rundir.Create(root, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dir.WriteAttempt(at, rec.Scenario, nil); err != nil {
			t.Fatal(err)
		}
		if err := dir.WriteJSON(rundir.Record, rec); err != nil {
			t.Fatal(err)
		}
	}
}

func shortEntry(t *testing.T) entry {
	t.Helper()
	var errs bytes.Buffer
	sc, src, err := source.Load(terminal.Env{Err: &errs}, "../../testdata/scenarios/short.yaml")
	if err != nil {
		t.Fatal(err, &errs)
	}
	on, err := subject.Of(terminal.Env{}, sc, nil, "process")
	if err != nil {
		t.Fatal(err)
	}
	return entry{Drill: source.Drill{Name: "short.yaml", Scenario: sc, Source: src}, on: on}
}

func TestBaselineIsFoundBeforeAnythingStarts(t *testing.T) {
	e := shortEntry(t)
	root := t.TempDir()
	now, err := drift.Configuration(t.Context(), e.Drill, e.on, root, subject.Environment(e.on.Where(), nil))
	if err != nil {
		t.Fatal(err)
	}
	fingerprint := now.Fingerprint()
	find := func(names ...string) (*yardstick, error) {
		return (&suite{root: root, opts: Options{Baseline: names}}).measureBy(t.Context(), e)
	}

	// no run yet: last-pass has nothing, which is no error
	if y, err := find(LastPass); err != nil || len(y.runs) != 0 || len(y.gates) != 1 || y.gates[0].Objective != "rto" {
		t.Errorf("%+v, %v", y, err)
	}
	var many []float64
	for range 55 {
		many = append(many, 3)
	}
	earlier(t, root, fingerprint, many...)
	if y, err := find(LastPass); err != nil || len(y.runs) != maxBaseline || y.runs[0].RunID != "20261120T070054-short-0054" {
		t.Errorf("%d runs, %v", len(y.runs), err)
	}
	// a run and a file of runs
	file := filepath.Join(root, "base.json")
	recs, err := lastPasses(root, fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	f, err := reports.Lookup("json")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Suite(&b, records.Together(recs[:3]), reports.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if y, err := find(file, "short-0054", "short-0001"); err != nil || len(y.runs) != 4 {
		t.Errorf("%d runs, want those of the file and one more; %v", len(y.runs), err)
	}
	// what cannot be compared is said before the drill
	e.Scenario.Load.Rate *= 2
	if _, err := find(file); err == nil || exit.Code(err) != exit.Usage || !strings.Contains(err.Error(), "another") {
		t.Errorf("another load was compared: %v", err)
	}
	if _, err := find("nope"); err == nil || exit.Code(err) != exit.Usage {
		t.Errorf("no such run: %v", err)
	}
	e.Scenario.Objectives.RTO = nil
	if _, err := find(LastPass); err == nil || !strings.Contains(err.Error(), "gates nothing") {
		t.Errorf("nothing is gated: %v", err)
	}
}

// Runs that cannot be judged are not compared.
func TestInconclusiveRunsAreNotCompared(t *testing.T) {
	f := newFakeSuite(t, Options{Baseline: []string{LastPass}, Trials: 2}, "unsure-a")
	f.entries[0].by = &yardstick{gates: drill.GatesOf(f.entries[0].Scenario.Spec())}
	synctest.Test(t, func(t *testing.T) { f.run(t.Context()) })
	if f.settled != 2 || f.done[0].rec.Baseline != nil || !strings.Contains(f.errs.String(), "not compared with the baseline") {
		t.Errorf("%d settled, %+v\n%s", f.settled, f.done[0].rec.Baseline, &f.errs)
	}
}
