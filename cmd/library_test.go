package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/scenarios"
)

// Every drill that comes with drillctl can be planned, and is the same drill
// with its defaults written out.
func TestLibraryResolved(t *testing.T) {
	for _, l := range scenarios.List() {
		code, resolved, stderr := invoke("show", "--resolved", l.Name)
		if code != exit.Passed {
			t.Fatalf("show %s: exit %d\n%s", l.Name, code, stderr)
		}
		file := filepath.Join(t.TempDir(), l.Name+".yaml")
		if err := os.WriteFile(file, []byte(resolved), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, out, _ := invoke("validate", file); code != exit.Passed {
			t.Errorf("%s resolved: %s", l.Name, out)
		}
		if _, again, _ := invoke("show", "--resolved", file); again != resolved {
			t.Errorf("%s resolved twice differs:\n%s\n%s", l.Name, resolved, again)
		}
		_, plan, _ := invoke("plan", "--seed", "5", l.Name)
		if _, same, _ := invoke("plan", "--seed", "5", file); same != plan || !strings.Contains(plan, "STEPS") {
			t.Errorf("%s: plans differ:\n%s\n%s", l.Name, plan, same)
		}
	}
}

// A drill's documentation has its actions among the steps, and what is asked for.
func TestShowDocsTellsAllSteps(t *testing.T) {
	code, out, stderr := invoke("show", "--docs", "game-day")
	for _, want := range []string{"- at 2s: power-loss on region us-east for 14s\n- at 4s: run: declare the disaster", "rto ≤ 10 s, rto-from-declaration ≤ 8 s"} {
		if code != exit.Passed || !strings.Contains(out, want) {
			t.Errorf("exit %d, no %q in\n%s%s", code, want, out, stderr)
		}
	}
}
