package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

// A recording is a run to be made up.
type recording struct {
	scenario string
	at       time.Time
	salt     uint64
	verdict  drill.Verdict // Unjudged never finishes
	rta      float64       // seconds
	labels   []string
	context  drill.Context
}

// store makes the directory of a run as a drill leaves it.
func (r recording) store(root string) (rundir.Dir, error) {
	d, err := rundir.Create(root, rundir.NewID(r.at, r.scenario, r.salt))
	if err != nil {
		return d, err
	}
	ref := drill.ScenarioRef{Name: r.scenario, Path: r.scenario + ".yaml", SHA256: "5ce4", Labels: r.labels}
	objective := drill.Objective{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 8, Unit: drill.Seconds}
	attempt, err := d.WriteAttempt(r.at, ref, []drill.Objective{objective})
	if err != nil || r.verdict == drill.Unjudged {
		return d, err
	}
	rec := drill.Record{
		Schema: drill.RecordSchema, RunID: d.ID, Tool: drill.Tool{Version: "v0.4.0", Go: "go1.26", SHA256: "b1"}, Attempt: attempt, Scenario: ref,
		Environment: drill.Environment{Runtime: "process", System: "the bundled system", Host: map[string]string{"os": "linux", "arch": "amd64", "kernel": "6.12", "cpus": "2"}},
		Began:       r.at.Add(time.Second), Ended: r.at.Add(50 * time.Second), Outcome: "completed", Verdict: r.verdict, Cleanup: drill.Cleanup{Verified: true},
	}
	step := drill.StepSpec{ID: "steps[0]", Fault: "blackhole", Regions: []string{"us-east"}, Text: "blackhole on region us-east for 20s", TakesDown: true}
	reading := drill.Reading{Metric: drill.MetricRTA, Value: r.rta, Low: r.rta - 0.02, High: r.rta + 0.02, Unit: drill.Seconds, Known: true}
	rec.Spec = drill.Spec{Scenario: r.scenario, Title: "Title of " + r.scenario, Regions: []string{"us-east", "us-west"}, Steps: []drill.StepSpec{step}, Objectives: []drill.Objective{objective}, Context: &r.context}
	rec.Objectives = []drill.Result{{Objective: objective, Reading: reading, Verdict: r.verdict}}
	rec.Analysis = drill.Analysis{Readings: []drill.Reading{reading}, Faults: []drill.FaultReport{{Step: step, IsInForce: true, IsGone: true}}}
	rec.Timeline = []drill.Event{{Kind: drill.KindPhase, Subject: "steady"}, {At: 7 * time.Second, Kind: drill.KindFaultApplied, Subject: "steps[0]"}}
	return d, errors.Join(d.WriteJSON(rundir.Record, rec), d.Write(rundir.Events, []byte("{}\n")), evidence.Seal(d, nil, r.at.Add(time.Minute)))
}

var verdicts = map[string]drill.Verdict{"pass": drill.Pass, "fail": drill.Fail, "inconclusive": drill.Inconclusive, "unfinished": drill.Unjudged}

// recorded SCENARIO WHEN VERDICT RTA [LABEL...] makes a run in .drillctl.
func recorded(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: recorded SCENARIO WHEN VERDICT RTA [LABEL...]")
	}
	at, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	v, ok := verdicts[args[2]]
	if !ok {
		ts.Fatalf("verdict %q", args[2])
	}
	rta, err := strconv.ParseFloat(args[3], 64)
	ts.Check(err)
	_, err = recording{scenario: args[0], at: at, verdict: v, rta: rta, labels: args[4:], salt: 1,
		context: drill.Context{Labels: args[4:], Replication: "async", Schedule: "quarterly", Every: 92 * 24 * time.Hour}}.store(ts.MkAbs(".drillctl"))
	ts.Check(err)
}

// tamper FILE changes a byte in the middle of a file that a pattern names.
func tamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tamper FILE")
	}
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%s fits %d files", args[0], len(found))
	}
	data, err := os.ReadFile(found[0])
	ts.Check(err)
	data[len(data)/2] ^= 1
	ts.Check(os.WriteFile(found[0], data, 0o644))
}

// manyRuns fills a state directory with n runs of ten drills, an hour apart.
func manyRuns(tb testing.TB, root string, n int, from time.Time) {
	tb.Helper()
	for i := range n {
		v := []drill.Verdict{drill.Pass, drill.Pass, drill.Fail, drill.Inconclusive, drill.Unjudged}[i%5]
		r := recording{scenario: fmt.Sprintf("drill-%d", i%10), at: from.Add(time.Duration(i) * time.Hour), salt: uint64(i), verdict: v, rta: 3 + float64(i%7), labels: []string{"quarterly"},
			context: drill.Context{Replication: "async"}}
		if _, err := r.store(root); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkQuarter is a quarter of 40 runs, and as many in each of the four
// quarters before it, read from their directories.
func BenchmarkQuarter(b *testing.B) {
	root := b.TempDir()
	for q := range 5 {
		manyRuns(b, root, 40, time.Date(2025, time.Month(10+3*q), 5, 0, 0, 0, 0, time.UTC))
	}
	for b.Loop() {
		var out bytes.Buffer
		env := Env{In: new(bytes.Buffer), Out: &out, Err: &out, Getenv: func(string) string { return "" }, Width: func() int { return defaultWidth }}
		if code := Main([]string{"quarter", "2026-Q4", "--state-dir", root}, env); code != exitPassed || out.Len() < 10_000 {
			b.Fatalf("exit %d\n%s", code, out.String())
		}
	}
}
