package cmd

import (
	"slices"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
	"github.com/drillctl/drillctl/scenarios"
)

// The bundled system needs no engine, so that it runs in processes unless told
// otherwise.
func TestGroundOf(t *testing.T) {
	for name, want := range map[string]string{runtimeAuto: process.Name, process.Name: process.Name, docker.Name: docker.Name} {
		if g, err := groundOf(name); err != nil || g.name != want {
			t.Errorf("--runtime %s: %s, %v, want %s", name, g.name, err, want)
		}
	}
	if _, err := groundOf("moon"); exit.Code(err) != exit.Usage {
		t.Errorf("an unknown runtime: %v", err)
	}
	for _, g := range grounds() {
		if g.text == "" || !slices.Contains(runtimeNames(), g.name) {
			t.Errorf("%s is not in the list, or says nothing", g.name)
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
	if g, err := groundFor(with("cpu-throttle"), runtimeAuto); err != nil || g.name != docker.Name {
		t.Errorf("automatically: %s, %v", g.name, err)
	}
	if g, err := groundFor(with("blackhole"), runtimeAuto); err != nil || g.name != process.Name {
		t.Errorf("automatically: %s, %v", g.name, err)
	}
	_, err := groundFor(with("cpu-throttle"), process.Name)
	if exit.Code(err) != exit.Usage || !strings.Contains(err.Error(), "steps[1]") || !strings.Contains(err.Error(), "docker") {
		t.Errorf("in processes: %v", err)
	}
}
