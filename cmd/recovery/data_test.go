package recovery

import (
	"os"
	"testing"

	"github.com/drillctl/drillctl/runner/rundir"
)

// Data of dead runs is swept, data of living ones is not.
func TestSweepData(t *testing.T) {
	root := t.TempDir()
	var unlock func() error
	for _, id := range []string{"dead", "alive"} {
		dir, err := rundir.Create(root, id)
		if err != nil {
			t.Fatal(err)
		}
		if id == "alive" {
			if unlock, err = dir.Lock(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, id := range []string{"dead", "alive", "removed"} {
		if err := os.MkdirAll(DataDir(root, id), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	there := func(id string) bool { _, err := os.Stat(DataDir(root, id)); return err == nil }
	for range 2 { // it can be repeated
		if err := SweepData(root); err != nil {
			t.Fatal(err)
		}
		if there("dead") || there("removed") || !there("alive") {
			t.Fatalf("dead %v, removed %v, alive %v", there("dead"), there("removed"), there("alive"))
		}
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := SweepData(root); err != nil || there("alive") {
		t.Errorf("%v; still there: %v", err, there("alive"))
	}
	if err := SweepData(t.TempDir()); err != nil {
		t.Errorf("nothing to sweep: %v", err)
	}
}
