package cmd

import (
	"slices"
	"testing"

	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
)

// The bundled system needs no engine, so that it runs in processes unless told
// otherwise.
func TestGroundOf(t *testing.T) {
	for name, want := range map[string]string{runtimeAuto: process.Name, process.Name: process.Name, docker.Name: docker.Name} {
		if g, err := groundOf(name); err != nil || g.name != want {
			t.Errorf("--runtime %s: %s, %v, want %s", name, g.name, err, want)
		}
	}
	if _, err := groundOf("moon"); exitCode(err) != exitUsage {
		t.Errorf("an unknown runtime: %v", err)
	}
	for _, g := range grounds() {
		if g.text == "" || !slices.Contains(runtimeNames(), g.name) {
			t.Errorf("%s is not in the list, or says nothing", g.name)
		}
	}
}
