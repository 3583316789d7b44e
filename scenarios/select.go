package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

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

// TakesRegion says whether the step takes whole regions out of service.
func (st Step) TakesRegion() bool {
	whole := len(st.On.Region) > 0 && len(st.On.Role)+len(st.On.Service)+len(st.On.Name)+len(st.On.Label) == 0 && (st.On.Pick == "all" || st.On.Pick == "")
	return whole && slices.Contains([]string{"blackhole", "power-loss", "kill", "stop", "pause", "partition", "command", "external"}, st.Fault)
}

func (st Step) text() string {
	if st.Name != "" {
		return st.Name
	}
	switch {
	case st.Action != nil:
		return st.Action.text()
	case st.Confirm != "":
		return "confirm: " + st.Confirm
	}
	text := st.Fault
	if on := st.On.String(); on != "" {
		text += " on " + on
	}
	if st.From != nil {
		text += " from " + st.From.String()
	}
	if st.For > 0 {
		text += " for " + st.For.String()
	}
	return text
}

// An instance of the bundled system, as its layout will name it.
type instance struct{ name, region, role string }

// instances are those of the bundled system: REGION-ROLE-N.
func (g *Gateway) instances() []instance {
	var out []instance
	add := func(region, role string, n int) {
		for i := range n {
			out = append(out, instance{fmt.Sprintf("%s-%s-%d", region, role, i+1), region, role})
		}
	}
	for _, r := range g.Regions {
		if g.Control != nil && r.Role == "primary" {
			add(r.Name, "control", 1)
		}
		if g.Tokens != nil && r.Role == "primary" {
			add(r.Name, "issuer", 1)
		}
		add(r.Name, "gateway", r.Gateways)
		add(r.Name, "api", r.APIs)
		add(r.Name, "store", 1)
		if g.Routing != "edge" {
			add(r.Name, "dns", 1)
		}
		if slices.Contains(g.Vaults, r.Name) {
			add(r.Name, "vault", 1)
		}
		if g.Quota != nil && g.Quota.Store != nil && r.Role == "primary" {
			add(r.Name, "quota", 1)
		}
	}
	if g.Routing == "edge" {
		add("edge", "gateway", 1)
		out[len(out)-1].role = "edge"
	}
	if g.Monitor != nil {
		out = append(out, instance{"monitor-1", "monitor", "monitor"})
	}
	return out
}

func roles(g *Gateway) []string {
	all := []string{"gateway", "api", "store"}
	if len(g.Vaults) > 0 {
		all = append(all, "vault")
	}
	if g.Monitor != nil {
		all = append(all, "monitor")
	}
	if g.Control != nil {
		all = append(all, "control")
	}
	if g.Quota != nil && g.Quota.Store != nil {
		all = append(all, "quota")
	}
	if g.Tokens != nil {
		all = append(all, "issuer")
	}
	if g.Routing == "edge" {
		return append(all, "edge")
	}
	return append(all, "dns")
}
