package scenarios

import (
	"slices"
	"strings"
)

// Selector chooses instances: all conditions given must hold.
type Selector struct {
	Region  []string `yaml:"region" doc:"regions" min:"1"`
	Role    []string `yaml:"role" doc:"roles: gateway, api, store, vault, dns, edge, monitor, control, quota, issuer; in from of a fault of links also client: all clients, or with region those near regions of load.from" min:"1"`
	Service []string `yaml:"service" doc:"services; of the bundled system the same as roles" min:"1"`
	Name    []string `yaml:"name" doc:"instances by name" min:"1"`
	Label   []string `yaml:"label" doc:"labels as key=value" min:"1"`
	Pick    string   `yaml:"pick" doc:"how many of those: one, minority, majority, all, a number or a percentage" default:"all" or:"number"`
}

// Empty says that nothing is selected.
func (s Selector) Empty() bool {
	return len(s.Region)+len(s.Role)+len(s.Service)+len(s.Name)+len(s.Label) == 0
}

// Match says whether all conditions of the selector hold for an instance; Pick
// is not among them.
func (s Selector) Match(name, region, role string, labels map[string]string) bool {
	ok := func(wanted []string, is string) bool { return len(wanted) == 0 || slices.Contains(wanted, is) }
	for _, l := range s.Label {
		k, v, _ := strings.Cut(l, "=")
		if got, there := labels[k]; !there || got != v {
			return false
		}
	}
	return ok(s.Region, region) && ok(s.Role, role) && (ok(s.Service, role) || ok(s.Service, labels[composeService])) && ok(s.Name, name)
}

// composeService is the label by which Compose names a container's service.
const composeService = "com.docker.compose.service"

// String is the selection in words.
func (s Selector) String() string {
	var parts []string
	add := func(what string, words []string) {
		if len(words) > 0 {
			parts = append(parts, what+" "+strings.Join(words, ", "))
		}
	}
	add("name", s.Name)
	add("role", s.Role)
	add("service", s.Service)
	add("label", s.Label)
	add("region", s.Region)
	text := strings.Join(parts, ", ")
	if s.Pick != "" && s.Pick != "all" {
		text = s.Pick + " of " + text
	}
	return text
}
