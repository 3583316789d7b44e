package subject

import (
	"testing"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// Power loss asks each system once for all its targets, and tells systems apart to do
// so.
func TestSystemsOfContainersAreToldApart(t *testing.T) {
	env := terminal.Env{Getenv: func(string) string { return "" }}
	one, other := holding(&docker.Runtime{}, &docker.Engine{}, env), holding(&docker.Runtime{}, &docker.Engine{}, env)
	targets := map[runtimes.PowerCutter]int{}
	for _, s := range []Starter{one, other, one} {
		c, ok := s.(runtimes.PowerCutter)
		if !ok {
			t.Fatal("a system of containers has no power to lose")
		}
		targets[c]++
	}
	if len(targets) != 2 {
		t.Errorf("%d systems, want 2", len(targets))
	}
}
