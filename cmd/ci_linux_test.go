package cmd

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// realWorkshop is one in which the script lines of CI get a real drillctl, and
// planted.yaml, a drill of a second that misses its objective: its texts and what its
// programs print are workflow commands of GitHub. It has the machine to itself among
// the tests' drills.
func realWorkshop(t *testing.T) *workshop {
	t.Helper()
	needNamespaces(t) // which the doctor of the script lines asks for
	w := newWorkshop(t)
	w.tool("go", `out="${GOBIN:+$GOBIN/drillctl}"; while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out="$2"; fi; shift; done
mkdir -p "$(dirname "$out")"; ln -f '`+drillctl()+`' "$out" || cp '`+drillctl()+`' "$out"`)
	broken := filepath.Join(w.dir, "broken")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := os.Stat(broken); err == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(srv.Close)
	src := fmt.Sprintf(`apiVersion: drillctl/v1
name: planted
title: "::error::planted title ##[error]planted title"
description: "::warning::planted description\n##[add-path]/planted"
system: {url: {entry: %q, regions: {home: {}}}}
load: {rate: 40/s, read: {path: /}}
steady: {for: 1s, success: 99%%}
hold: 1s
steps:
  - {at: 0s, fault: command, on: {region: home}, for: 1s, apply: [touch, %[2]s], verify: [test, -e, %[2]s], revert: [rm, -f, %[2]s]}
  - {at: 1200ms, action: {run: [sh, -c, 'echo "::stop-commands::planted"; echo "::set-output name=a::planted"; printf "##[set-env name=PATH;]planted\r::error::planted" >&2']}}
settle: 2s
objectives: {rto: 200ms}
`, srv.URL, broken)
	if err := os.WriteFile(filepath.Join(w.dir, "planted.yaml"), []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "DRILLCTL_STATE_DIR="+filepath.Join(w.dir, "state"))
	machine.Lock()
	t.Cleanup(machine.Unlock)
	return w
}

// wrote checks that reports are there, and not empty.
func (w *workshop) wrote(files ...string) {
	w.t.Helper()
	for _, f := range files {
		if data, err := os.ReadFile(filepath.Join(w.dir, f)); err != nil || !strings.Contains(string(data), "planted") {
			w.t.Errorf("%s: %d bytes that do not tell of the drill, %v", f, len(data), err)
		}
	}
}

// The script lines of the GitLab template run a real drill, end as it does, and leave
// what the template uploads.
func TestGitLabTemplateForReal(t *testing.T) {
	t.Parallel()
	w := realWorkshop(t)
	job, script := w.gitlab()
	err := w.run(script, "DRILLCTL_SCENARIOS=planted.yaml")
	if err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Fatalf("ended with %v", err)
	}
	for _, path := range job.Artifacts.Reports {
		w.wrote(path)
	}
	w.wrote("drillctl-reports/drill.json", "drillctl-reports/drill.html")
}
