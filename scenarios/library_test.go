package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
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
		if !slices.ContainsFunc(Strategies(), func(st Strategy) bool { return st.Name == s.Strategy }) {
			t.Errorf("%s: strategy %q is none of the list", l.Name, s.Strategy)
		}
		if s.Expect == "" || l.Proves.Shows == "" || l.Proves.Source == "" {
			t.Errorf("%s: its documentation says what breaks, what should happen (expect), what it shows and where it comes from", l.Name)
		}
		if !slices.Contains(l.Labels, "ci") && !slices.Contains(l.Labels, "quarterly") {
			t.Errorf("%s is in no set: label it ci or quarterly", l.Name)
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
		if !slices.Equal(s.Runtimes(), l.Runtimes) {
			t.Errorf("%s runs on %v, the list says %v", l.Name, s.Runtimes(), l.Runtimes)
		}
		if len(l.Runtimes) > 0 && slices.Contains(l.Labels, "ci") {
			t.Errorf("%s runs on %v only, and the set ci must run everywhere", l.Name, l.Runtimes)
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

// The drills for every release take less than five minutes together, with the raising
// of their systems.
func TestReleaseGate(t *testing.T) {
	const raising, most = 5 * time.Second, 5 * time.Minute
	var total time.Duration
	var found []string
	for _, l := range List() {
		if !slices.Contains(l.Labels, "release-gate") {
			continue
		}
		_, src, _ := Open(l.Name)
		s := mustParse(t, l.Name, src)
		total += s.Steady.For.std() + s.Spec().HealthInterval/2 + s.end() + s.Settle.std() + raising
		found = append(found, l.Name)
		if !slices.Contains(l.Labels, "ci") && !slices.Contains(l.Labels, "quarterly") || len(l.Runtimes) > 0 {
			t.Errorf("%s: %v on %v", l.Name, l.Labels, l.Runtimes)
		}
	}
	if len(found) < 6 || total > most {
		t.Errorf("%v take %s", found, total)
	}
}

// What lies in the directory is the library, and every strategy's drills
// together are all of it.
func TestLibraryIsWhole(t *testing.T) {
	files, err := os.ReadDir("library")
	if err != nil {
		t.Fatal(err)
	}
	var lie, grouped []string
	for _, f := range files {
		lie = append(lie, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	if !slices.Equal(lie, names()) || len(lie) < 20 {
		t.Errorf("the directory has %v, the library %v", lie, names())
	}
	for _, g := range ByStrategy() {
		for _, l := range g.Drills {
			grouped = append(grouped, l.Name)
		}
	}
	slices.Sort(grouped)
	slices.Sort(lie)
	if !slices.Equal(grouped, lie) {
		t.Errorf("in groups: %v, in all: %v", grouped, lie)
	}
}

// The words of strategy are the list.
func TestStrategies(t *testing.T) {
	f, _ := reflect.TypeFor[Scenario]().FieldByName("Strategy")
	var names []string
	for _, s := range Strategies() {
		names = append(names, s.Name)
		if s.Title == "" || s.Doc == "" {
			t.Errorf("%s is not described", s.Name)
		}
	}
	if enum := choices(f); !slices.Equal(enum, names) {
		t.Errorf("the scenario knows %v, the list has %v", enum, names)
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
		{"flaping-region", "", `no such scenario "flaping-region": did you mean flapping-region? known: `},
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
