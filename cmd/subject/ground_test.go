package subject

import (
	"slices"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
	"github.com/drillctl/drillctl/scenarios"
)

// The bundled system needs no engine, so that it runs in processes unless told
// otherwise.
func TestGroundOf(t *testing.T) {
	for name, want := range map[string]string{Auto: process.Name, process.Name: process.Name, docker.Name: docker.Name} {
		if g, err := GroundOf(name); err != nil || g.Name != want {
			t.Errorf("--runtime %s: %s, %v, want %s", name, g.Name, err, want)
		}
	}
	if _, err := GroundOf("moon"); exit.Code(err) != exit.Usage {
		t.Errorf("an unknown runtime: %v", err)
	}
	for _, g := range Grounds() {
		if g.text == "" || !slices.Contains(RuntimeNames(), g.Name) {
			t.Errorf("%s is not in the list, or says nothing", g.Name)
		}
	}
}

// A fault that needs an engine chooses it, and is refused where there is none.
func TestGroundForFaults(t *testing.T) {
	with := func(fault string) *scenarios.Scenario {
		k, ok := faults.Lookup(fault)
		if !ok {
			t.Fatal(fault)
		}
		return &scenarios.Scenario{Steps: []scenarios.Step{{Fault: "kill"}, {Fault: fault, Kind: k}}}
	}
	if g, err := groundFor(with("cpu-throttle"), Auto); err != nil || g.Name != docker.Name {
		t.Errorf("automatically: %s, %v", g.Name, err)
	}
	if g, err := groundFor(with("blackhole"), Auto); err != nil || g.Name != process.Name {
		t.Errorf("automatically: %s, %v", g.Name, err)
	}
	_, err := groundFor(with("cpu-throttle"), process.Name)
	if exit.Code(err) != exit.Usage || !strings.Contains(err.Error(), "steps[1]") || !strings.Contains(err.Error(), "docker") {
		t.Errorf("in processes: %v", err)
	}
}

func TestNeedLinux(t *testing.T) {
	if err := needLinux("linux"); err != nil {
		t.Error(err)
	}
	err := needLinux("darwin")
	if err == nil || exit.Code(err) != exit.CannotRun || !strings.Contains(err.Error(), runner.ErrCannotRun.Error()+": drills need Linux, and this is darwin") {
		t.Errorf("%v", err)
	}
	if exit.HintOf(err, "drillctl run") == "" {
		t.Error("no hint")
	}
}
