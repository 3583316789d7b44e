package runner

import (
	"fmt"
	"slices"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/scenarios"
)

// ProtectLabel on a container, with the value true, keeps every step off it.
const ProtectLabel = "drillctl.protect"

// safe refuses a plan that would touch what is protected, or more of a region
// than the scenario allows. It is checked on what was really chosen.
func (p Plan) safe(sys scenarios.System, nodes []runtimes.Node) error {
	path, k := sys.Members()
	if k == nil {
		return nil
	}
	var hit []string
	for _, s := range p.Steps {
		hit = append(hit, s.touches()...)
	}
	of, total := map[string]int{}, map[string]int{}
	var regions []string
	for _, n := range nodes {
		if total[n.Region] == 0 {
			regions = append(regions, n.Region)
		}
		total[n.Region]++
		if !slices.Contains(hit, n.Name) {
			continue
		}
		of[n.Region]++
		switch {
		case n.Labels[ProtectLabel] == "true":
			return fmt.Errorf("%s: would touch %s, which is protected by its label %s=true", p.toucher(n.Name), n.Name, ProtectLabel)
		case slices.Contains(k.Protect, n.Name):
			return fmt.Errorf("%s: would touch %s, which %s.protect keeps", p.toucher(n.Name), n.Name, path)
		}
	}
	for _, r := range regions {
		if share := float64(of[r]) / float64(total[r]); share > float64(k.BlastRadius) {
			return fmt.Errorf("the steps would touch %d of %d containers of region %q (%.3g%%), and %s.blast-radius is %s", of[r], total[r], r, 100*share, path, k.BlastRadius)
		}
	}
	return nil
}

// toucher is the first step that would touch an instance.
func (p Plan) toucher(name string) string {
	for _, s := range p.Steps {
		if slices.Contains(s.touches(), name) {
			return s.Spec.ID
		}
	}
	return "no step"
}
