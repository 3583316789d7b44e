package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// again is how often a drill is tried anew because the machine had no time for
// its load generator.
const again = 2

// try runs a drill and compares its exit code with what it must be: 0 without a
// bug, 1 with it. A result that says of itself that the generator was starved
// says nothing about the drill: it is tried again, and the line tells.
func (o options) try(p pair) (line string, ok bool) {
	began := time.Now()
	starved := 0
	for {
		code, out, diagnostics := o.drill(p)
		if code != p.want() && starved < again && isStarved(code, out) {
			starved++
			continue
		}
		return tell(p, code, starved, time.Since(began), diagnostics), code == p.want()
	}
}

func (o options) args(p pair) []string {
	args := []string{"--state-dir", o.state, "run", p.drill, "--quiet", "--output", "json"}
	if o.runtime != "" {
		args = append(args, "--runtime", o.runtime)
	}
	if p.bug != "" {
		args = append(args, "--bug", p.bug)
	}
	return args
}

// drill runs one drill: its exit code, its record, and what it said.
func (o options) drill(p pair) (code int, record []byte, diagnostics string) {
	var said strings.Builder
	cmd := exec.Command(o.exe, o.args(p)...)
	cmd.Stderr = &said
	record, err := cmd.Output()
	if cmd.ProcessState == nil {
		return -1, nil, err.Error()
	}
	return cmd.ProcessState.ExitCode(), record, said.String() + verdict(record)
}

func verdict(record []byte) string {
	var r drill.Record
	if json.Unmarshal(record, &r) != nil {
		return string(record)
	}
	return fmt.Sprintf("%s: %s (%s)", r.Verdict, r.Reason, r.Dir)
}

// isStarved says that a drill is inconclusive for no other reason than that its
// load generator could not keep its grid.
func isStarved(code int, record []byte) bool {
	var r drill.Record
	if code != 3 || json.Unmarshal(record, &r) != nil || !r.Analysis.Load.Saturated {
		return false
	}
	return !slices.ContainsFunc(r.Analysis.Invalid, func(i drill.Invalidity) bool { return !i.Starved() })
}

func tell(p pair, code, starved int, took time.Duration, diagnostics string) string {
	word, name := "ok", p.bug
	if code != p.want() {
		word = "WRONG"
	}
	if name == "" {
		name = "no bug"
	}
	line := fmt.Sprintf("%-5s %-28s %-22s exit %d, want %d, %s", word, p.drill, name, code, p.want(), took.Round(time.Second))
	if starved > 0 {
		line += fmt.Sprintf(", %d tries before it starved of the machine's time", starved)
	}
	if code != p.want() {
		line += "\n  " + strings.TrimSpace(diagnostics)
	}
	return line
}
