package runner

import (
	"strings"
	"testing"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/scenarios"
)

// What is protected, and more of a region than is allowed, is refused before
// anything is touched, by name.
func TestSafe(t *testing.T) {
	nodes := []runtimes.Node{
		{Name: "web-1", Region: "fra"}, {Name: "web-2", Region: "fra"}, {Name: "db-1", Region: "fra", Labels: map[string]string{ProtectLabel: "true"}},
		{Name: "web-3", Region: "ams", Labels: map[string]string{ProtectLabel: "false"}}, {Name: "web-4", Region: "ams"},
	}
	tests := []struct {
		targets [][]string
		protect []string
		radius  float64
		want    string
	}{
		{[][]string{{"web-1"}}, nil, 1, ""},
		{[][]string{{"web-1"}, {"web-1"}}, nil, 0.34, ""}, // one instance, hit twice
		{[][]string{{"web-1"}, {"db-1"}}, nil, 1, "steps[1]: would touch db-1, which is protected by its label"},
		{[][]string{{"web-3"}}, nil, 0.5, ""},
		{[][]string{{"web-3"}}, []string{"web-3"}, 1, "steps[0]: would touch web-3, which system.containers.protect keeps"},
		{[][]string{{"web-3"}, {"web-4"}}, nil, 0.5, `2 of 2 containers of region "ams" (100%), and system.containers.blast-radius is 50%`},
	}
	for _, tt := range tests {
		p := Plan{}
		for i, names := range tt.targets {
			p.Steps = append(p.Steps, Step{Spec: drill.StepSpec{ID: []string{"steps[0]", "steps[1]"}[i]}, Targets: names})
		}
		err := p.safe(scenarios.System{Containers: &scenarios.Containers{Members: scenarios.Members{Protect: tt.protect, BlastRadius: scenarios.Percent(tt.radius)}}}, nodes)
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.targets, err, tt.want)
		}
	}
	sent := Plan{Steps: []Step{{Spec: drill.StepSpec{ID: "steps[0]"}, Kind: faults.Kind{Sent: true}, Targets: []string{"web-1"}, Peers: []string{"db-1"}}}}
	own := scenarios.System{Containers: &scenarios.Containers{Members: scenarios.Members{BlastRadius: 1}}}
	if err := sent.safe(own, nodes); err == nil || !strings.Contains(err.Error(), "steps[0]: would touch db-1") {
		t.Errorf("who is protected sends traffic: %v", err)
	}
	if sent.Steps[0].Kind.Sent = false; sent.safe(own, nodes) != nil {
		t.Error("who is only the other side of a link is not touched")
	}
	if err := (Plan{Steps: []Step{{Targets: []string{"db-1"}}}}).safe(scenarios.System{}, nodes); err != nil {
		t.Errorf("the bundled system is not the user's: %v", err)
	}
}
