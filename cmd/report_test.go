package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner/rundir"
)

// storeRun leaves a run behind as a drill would.
func storeRun(t *testing.T, root, name string, v drill.Verdict) drill.Record {
	t.Helper()
	at := time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC)
	rec := drill.Record{Schema: drill.RecordSchema, RunID: "20261120T070000-" + name, Outcome: "completed", Verdict: v, Began: at, Ended: at.Add(time.Minute),
		Cleanup: drill.Cleanup{Verified: true}, Scenario: drill.ScenarioRef{Name: name, SHA256: "abc"}}
	dir, err := rundir.Create(root, rec.RunID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dir.WriteAttempt(at, rec.Scenario, nil); err != nil {
		t.Fatal(err)
	}
	if err := dir.WriteJSON(rundir.Record, rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestReportManyFormatsOfManyRuns(t *testing.T) {
	root, out := t.TempDir(), t.TempDir()
	storeRun(t, root, "one", drill.Pass)
	storeRun(t, root, "two", drill.Fail)
	var list []string
	for _, f := range reports.All() {
		list = append(list, f.Name+"="+filepath.Join(out, f.Name+"."+f.Ext))
	}
	code, stdout, stderr := invoke("report", "one", "two", "--state-dir", root, "--report", strings.Join(list, ",")+",markdown")
	if code != exit.Passed || !strings.HasPrefix(stdout, "## ❌ FAIL drills: 1 of 2 drills passed") {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	for _, f := range reports.All() {
		if f.Suite == nil {
			for _, id := range []string{"20261120T070000-one", "20261120T070000-two"} {
				if _, err := os.Stat(filepath.Join(out, f.Name+"-"+id+"."+f.Ext)); err != nil {
					t.Error(err)
				}
			}
			continue
		}
		if data, err := os.ReadFile(filepath.Join(out, f.Name+"."+f.Ext)); err != nil || len(data) == 0 {
			t.Errorf("%s: %d bytes, %v", f.Name, len(data), err)
		}
	}
	// what the json format wrote can be reported again
	code, again, stderr := invoke("report", filepath.Join(out, "json.json"), "-o", "markdown")
	if code != exit.Passed || again != stdout {
		t.Errorf("exit %d\n%s\n%s", code, again, stderr)
	}
}

func TestReportOfOneIsItsRecord(t *testing.T) {
	root := t.TempDir()
	want := storeRun(t, root, "one", drill.Fail)
	code, stdout, stderr := invoke("report", "last", "-o", "json", "--state-dir", root)
	var got drill.Record
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exit.Passed || got.RunID != want.RunID || got.Verdict != drill.Fail {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, stdout, stderr)
	}
}

func TestReportRefuses(t *testing.T) {
	root := t.TempDir()
	rec := storeRun(t, root, "one", drill.Pass)
	if err := os.Remove(filepath.Join(root, "runs", rec.RunID, rundir.Record)); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(root, "x.json")
	if err := os.WriteFile(other, []byte(`{"schema":"x/v1"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	storeRun(t, root, "two", drill.Pass)
	storeRun(t, root, "three", drill.Pass)
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"report", exit.Usage, `"drillctl report" needs RUN...`},
		{"report nope", exit.Usage, `no such run: "nope"`},
		{"report one", exit.CannotRun, "never finished: there is nothing to tell"},
		{"report " + other, exit.Usage, `its schema is "x/v1"`},
		{"report one", exit.CannotRun, "hint: 'drillctl analyze 20261120T070000-one' judges what it left"},
		{"report one --report junit=" + root, exit.Usage, "is there and no file"},
		{"report two three -o html", exit.Usage, "hint: --report html=PATH writes a file for each"},
	} {
		code, stdout, stderr := invoke(append(strings.Fields(c.args), "--state-dir", root)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit %d, %s%s, want %s", c.args, code, stdout, stderr, c.want)
		}
	}
}
