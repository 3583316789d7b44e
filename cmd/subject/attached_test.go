package subject

import (
	"testing"

	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/scenarios"
)

// A container is what its labels say, else what the scenario says of its Compose
// service, else its service.
func TestNodeOf(t *testing.T) {
	c := scenarios.Members{RegionLabel: "r", RoleLabel: "drillctl.role", Services: scenarios.Services{{Name: "web", Region: "fra", Role: "gateway"}, {Name: "db", Region: "ams"}}}
	for _, tt := range []struct {
		labels             map[string]string
		service            string
		wantRegion, wanted string
	}{
		{map[string]string{"r": "lon", "drillctl.role": "api"}, "web", "lon", "api"},
		{nil, "web", "fra", "gateway"},
		{map[string]string{"r": "lon"}, "db", "lon", "db"},
		{nil, "cache", "", "cache"},
		{map[string]string{"drillctl.role": "client"}, "web", "fra", "web"},
		{nil, "", "", ""},
	} {
		n := nodeOf(c, docker.Found{Name: "x", Labels: tt.labels, Service: tt.service})
		if n.Region != tt.wantRegion || n.Role != tt.wanted || n.Name != "x" {
			t.Errorf("%v %s: region %q, role %q; want %q, %q", tt.labels, tt.service, n.Region, n.Role, tt.wantRegion, tt.wanted)
		}
	}
}
