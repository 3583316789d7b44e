package outputs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
)

func githubEnv(t *testing.T, extra map[string]string) (terminal.Env, *bytes.Buffer) {
	t.Helper()
	var errs bytes.Buffer
	return terminal.Env{Err: &errs, Getenv: func(k string) string { return extra[k] }}, &errs
}

func missedSuite(path string) drill.Suite {
	no := false
	rec := drill.Record{Schema: drill.RecordSchema, RunID: "r1", Outcome: "completed", Verdict: drill.Fail, Cleanup: drill.Cleanup{Verified: true},
		Scenario: drill.ScenarioRef{Name: "mine", Path: path},
		Objectives: []drill.Result{{Verdict: drill.Fail, Met: &no,
			Objective: drill.Objective{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 5, Unit: drill.Seconds, File: path, Line: 21},
			Reading:   drill.Reading{Metric: drill.MetricRTA, Value: 7, Low: 6.9, High: 7.1, Unit: drill.Seconds, Known: true}}}}
	d := drill.Drill{Scenario: rec.Scenario, Runs: []drill.Record{rec}}
	d.Judge()
	return drill.NewSuite(drill.Tool{}, rec.Began, rec.Ended, 1, []drill.Drill{d})
}

func TestGitHubIsToldWithoutBeingAsked(t *testing.T) {
	dir := t.TempDir()
	scenario := filepath.Join(dir, "drills", "mine.yaml")
	summary := filepath.Join(dir, "summary.md")
	if err := os.Mkdir(filepath.Dir(scenario), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{scenario: "x", summary: "before\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env, errs := githubEnv(t, map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": dir, "GITHUB_STEP_SUMMARY": summary})
	if err := GitHub(env, missedSuite(scenario)); err != nil {
		t.Fatal(err)
	}
	want := "::error file=drills/mine.yaml,line=21,title=mine%3A rto ≤ 5 s::rto missed: 7.00 s, wanted ≤ 5 s (6.90 to 7.10 s)\n"
	if errs.String() != want {
		t.Errorf("stderr %q\nwant   %q", errs, want)
	}
	got, err := os.ReadFile(summary)
	if err != nil || !strings.HasPrefix(string(got), "before\n### ❌ FAIL mine") {
		t.Errorf("summary %q, %v", got, err)
	}
}

func TestGitHubIsNotToldElsewhere(t *testing.T) {
	summary := filepath.Join(t.TempDir(), "summary.md")
	env, errs := githubEnv(t, map[string]string{"GITHUB_STEP_SUMMARY": summary})
	if err := GitHub(env, missedSuite("x.yaml")); err != nil || errs.Len() > 0 {
		t.Errorf("%v, %s", err, errs)
	}
	if _, err := os.Stat(summary); err == nil {
		t.Error("a summary was written")
	}
}

func TestInWorkspace(t *testing.T) {
	dir := t.TempDir()
	inside, outside := filepath.Join(dir, "repo", "..a.yaml"), filepath.Join(dir, "b.yaml")
	if err := os.Mkdir(filepath.Join(dir, "repo"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{inside, outside} {
		if err := os.WriteFile(p, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{inside: "..a.yaml", outside: "", filepath.Join(dir, "repo", "none.yaml"): "", "region-blackhole": "", "stdin": ""} {
		if got := inWorkspace(filepath.Join(dir, "repo"), path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// A summary that would be too large is cut at a line, and the file stays below
// the limit however much was there already.
func TestStepSummaryStaysBelowTheLimit(t *testing.T) {
	s := missedSuite("x.yaml")
	for range 4000 {
		s.Drills = append(s.Drills, s.Drills[0])
	}
	path := filepath.Join(t.TempDir(), "summary.md")
	for range 3 {
		if err := appendSummary(path, s); err != nil {
			t.Fatal(err)
		}
		st, err := os.Stat(path)
		if err != nil || st.Size() > maxStepSummary || st.Size() < maxStepSummary/2 {
			t.Errorf("%d bytes, %v", st.Size(), err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(string(got), "the step summary is full\n") {
		t.Errorf("ends with %q", got[len(got)-80:])
	}
}
