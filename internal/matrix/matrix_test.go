package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/scenarios"
)

// Every drill of the library is tried without a bug and with each that it names.
func TestPairs(t *testing.T) {
	pairs, err := pairsOf(library(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var bugs []string
	for _, b := range gateway.Bugs() {
		bugs = append(bugs, b.Name)
	}
	for _, l := range library() {
		if !slices.Contains(pairs, pair{drill: l.Name}) {
			t.Errorf("%s is not tried without a bug", l.Name)
		}
	}
	for _, p := range pairs {
		if p.bug != "" && !slices.Contains(bugs, p.bug) {
			t.Errorf("%s: there is no bug %q", p.drill, p.bug)
		}
	}
	kill, oom := pair{drill: "gateway-crash"}, pair{"out-of-memory", "no-restart"}
	for runtime, want := range map[string][]pair{"": {kill, oom}, "docker": {kill, oom}, "process": {kill}} {
		if got := (options{runtime: runtime}).possible([]pair{kill, oom}); !slices.Equal(got, want) {
			t.Errorf("on %q %v are tried, want %v", runtime, got, want)
		}
	}
	some, err := pairsOf([]scenarios.Listing{{Name: "a", Proves: scenarios.Proves{FailsWith: []string{"x", "y"}}}, {Name: "b"}}, []string{"a"})
	if want := []pair{{"a", ""}, {"a", "x"}, {"a", "y"}}; err != nil || !slices.Equal(some, want) {
		t.Errorf("%v, %v; want %v", some, err, want)
	}
	if _, err := pairsOf(library(), []string{"no-such"}); err == nil {
		t.Error("a drill that does not exist is tried")
	}
}

// A starved run is tried again, and nothing else is.
func TestTryAgain(t *testing.T) {
	starved := drill.Record{Verdict: drill.Inconclusive, Analysis: drill.Analysis{Load: drill.LoadReport{Saturated: true}, Invalid: []drill.Invalidity{{Code: drill.Saturated}}}}
	blind := starved
	blind.Analysis.Invalid = append([]drill.Invalidity{{Code: "no-effect"}}, blind.Analysis.Invalid...)
	for name, c := range map[string]struct {
		first  drill.Record
		code   string
		says   string
		passed bool
	}{
		"starved":    {starved, "3", "1 tries before it starved", true},
		"other":      {blind, "3", "exit 3, want 0", false},
		"not at all": {drill.Record{}, "1", "exit 1, want 0", false},
	} {
		o := options{exe: script(t, c.first, c.code), state: t.TempDir(), runtime: "docker"}
		line, ok := o.try(pair{drill: "d"})
		if ok != c.passed || !strings.Contains(line, c.says) {
			t.Errorf("%s: %v, %s", name, ok, line)
		}
	}
}

// script is a drillctl that gives a record and a code the first time, and passes
// then, if it was told of the runtime.
func script(t *testing.T, first drill.Record, code string) string {
	t.Helper()
	dir := t.TempDir()
	record, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	text := `#!/bin/sh
case "$*" in *"--runtime docker"*) ;; *) exit 9;; esac
[ -e ` + dir + `/done ] && exit 0
: > ` + dir + `/done
cat <<'END'
` + string(record) + `
END
exit ` + code + "\n"
	exe := filepath.Join(dir, "drillctl")
	if err := os.WriteFile(exe, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return exe
}
