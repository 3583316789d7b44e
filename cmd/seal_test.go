package cmd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/hooks"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
)

// call runs drillctl on a state directory and gives its exit code and all that
// it said.
func call(root string, args ...string) (int, string) {
	var out bytes.Buffer
	env := terminal.Env{In: new(bytes.Buffer), Out: &out, Err: &out, Getenv: func(string) string { return "" }, Width: func() int { return 200 }}
	return Main(append(args, "--state-dir", root), env), out.String()
}

// A seal that fails is a gap that every reader of the run is told of.
func TestAFailedSealIsTold(t *testing.T) {
	root := t.TempDir()
	whole := recording{scenario: "x", at: time.Date(2026, 11, 5, 7, 0, 0, 0, time.UTC), verdict: drill.Pass, rta: 4}
	d, err := whole.store(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"table", "markdown", "html", "json"} {
		if code, out := call(root, "report", d.ID, "--output", f); code != exit.Passed || strings.Contains(out, "EVIDENCE") {
			t.Errorf("%s of a sealed run: exit %d\n%s", f, code, out)
		}
	}
	missing := filepath.Join(t.TempDir(), "gone.key")
	file := filepath.Join(t.TempDir(), "drillctl.yaml")
	if err := os.WriteFile(file, []byte("signing-key: "+missing+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bare := new(cobra.Command)
	set := settings.Bind(bare, subject.RuntimeNames())
	if err := errors.Join(bare.ParseFlags([]string{"--config", file}), set.Load()); err != nil {
		t.Fatal(err)
	}
	if err := hooks.Seal(d, set); err == nil || !strings.Contains(err.Error(), missing) {
		t.Fatalf("a key that is not there: %v", err)
	}
	for _, f := range []string{"table", "markdown", "html", "json"} {
		if code, out := call(root, "report", d.ID, "--output", f); code != exit.Passed || !strings.Contains(out, "not signed as it should have been") {
			t.Errorf("%s: exit %d\n%s", f, code, out)
		}
	}
	for _, args := range [][]string{{"verify"}, {"quarter", "2026-Q4"}, {"quarter", "2026-Q4", "--html"}, {"quarter", "2026-Q4", "--json"}} {
		if _, out := call(root, args...); !strings.Contains(out, "not signed as it should have been") || !strings.Contains(out, missing) {
			t.Errorf("%v does not tell:\n%s", args, out)
		}
	}
	if code, _ := call(root, "verify"); code != exit.Missed {
		t.Errorf("verify ended with %d", code)
	}
	// with a key that cannot be read no drill begins
	if code, out := call(root, "run", "region-blackhole", "--config", file); code != exit.Usage || !strings.Contains(out, missing) {
		t.Errorf("run: exit %d\n%s", code, out)
	}
	if dirs, err := rundir.List(root); err != nil || len(dirs) != 1 {
		t.Errorf("%d runs (%v)", len(dirs), err)
	}
}
