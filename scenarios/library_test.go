package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a drill of the library promises: it is over in 90 seconds, starts
// included, writes so that loss is measured, and asks about time and about data.
func TestLibrary(t *testing.T) {
	const starts = 10 * time.Second // nodes, and reading the ledger back at the end
	for _, l := range List() {
		file, src, err := Open(l.Name)
		if err != nil || file != l.Name+".yaml" {
			t.Fatalf("%s: %s, %v", l.Name, file, err)
		}
		s := mustParse(t, file, src)
		if s.Name != l.Name || s.Title == "" || s.Description == "" || len(s.Labels) == 0 {
			t.Errorf("%s: a drill of the library has its file's name, a title, a description and labels", l.Name)
		}
		spec := s.Spec()
		if total := spec.Steady.For + spec.HealthInterval + s.end() + spec.Settle + starts; total > 90*time.Second {
			t.Errorf("%s would take %s", l.Name, total)
		}
		if spec.Load.WriteRate <= 0 {
			t.Errorf("%s writes nothing", l.Name)
		}
		if s.System.Gateway != nil && len(l.Proves.FailsWith) == 0 {
			t.Errorf("%s names no bug that it must see (proves: fails-with)", l.Name)
		}
		var asked []string
		for _, o := range spec.Objectives {
			asked = append(asked, o.ID)
		}
		if !slices.Contains(asked, "rto") || !slices.ContainsFunc(asked, func(o string) bool { return slices.Contains([]string{"rpo", "lost-writes"}, o) }) {
			t.Errorf("%s asks only %v", l.Name, asked)
		}
	}
}

func TestLibraryIsWhole(t *testing.T) {
	for _, name := range []string{"region-blackhole", "region-power-loss", "gateway-crash", "api-brownout", "split-brain-partition-async", "split-brain-partition-sync", "flapping-region"} {
		if !slices.Contains(names(), name) {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"mine.yaml": "mine", "plain": "plain", "gateway-crash": "my own"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("api-brownout", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, begins, wrong string }{
		{"mine.yaml", "mine", ""}, {"./mine.yaml", "mine", ""}, {"plain", "plain", ""},
		{"gateway-crash", "my own", ""},    // a file goes before the library
		{"api-brownout", "apiVersion", ""}, // a directory does not
		{"flapping-region", "apiVersion", ""},
		{"flaping-region", "", `no such scenario "flaping-region": did you mean flapping-region? known: api-brownout, `},
		{"flapping-region.yaml", "", "no such scenario: there is no file flapping-region.yaml"},
		{"../library/flapping-region", "", "no such scenario: there is no file"},
		{"", "", "no such scenario"},
	} {
		_, src, err := Open(c.name)
		if c.wrong == "" && (err != nil || !strings.HasPrefix(string(src), c.begins)) {
			t.Errorf("%s: %.20q, %v", c.name, src, err)
		}
		if c.wrong != "" && (!errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A file without end is read no further than it takes to refuse it.
func TestOpenBounded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(file, make([]byte, 4*maxBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, src, err := Open(file); err != nil || len(src) != maxBytes+1 {
		t.Errorf("%d bytes, %v", len(src), err)
	}
}
