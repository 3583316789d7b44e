package scenarios

import (
	"fmt"
	"slices"
)

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
