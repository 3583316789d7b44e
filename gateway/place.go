package gateway

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/gateway/bug"
)

// A spot is one node of the system and where it is.
type spot struct {
	name, region, role string
	four, six          netip.Addr
	at                 netip.Addr // one of the two: where others reach it
}

// A plan is the system with every node in its place.
type plan struct {
	config  Config
	data    string
	regions []Region // the primary first
	spots   []spot
	nets    []netip.Prefix // of the groups of clients, in the order of Config.Clients
	groups  [][]netip.Addr // that they come from, in the same order
}

// ordered puts the primary first and leaves the rest as configured.
func (c Config) ordered() []Region {
	regions := slices.Clone(c.Regions)
	slices.SortStableFunc(regions, func(a, b Region) int {
		return rank(a.Role) - rank(b.Role)
	})
	return regions
}

func rank(role string) int {
	if role == Primary {
		return 0
	}
	return 1
}

// place gives each node its name and addresses.
func (p *plan) place(a addressing) {
	for i, r := range p.config.Regions {
		k := 0
		add := func(role string, n int) {
			for j := range n {
				k++
				p.add(a, i+1, k, spot{name: fmt.Sprintf("%s-%s-%d", r.Name, role, j+1), region: r.Name, role: role})
			}
		}
		if p.config.Control != nil && r.Role == Primary {
			add(RoleControl, 1)
		}
		if p.config.Tokens != nil && r.Role == Primary {
			add(RoleIssuer, 1)
		}
		add(RoleGateway, r.Gateways)
		add(RoleAPI, r.APIs)
		add(RoleStore, 1)
		if p.config.Routing != Edge {
			add(RoleDNS, 1)
		}
		if slices.Contains(p.config.Vaults, r.Name) {
			add(RoleVault, 1)
		}
		if q := p.config.Quota; q != nil && q.Store != nil && r.Role == Primary {
			add(RoleQuota, 1)
		}
	}
	if p.config.Routing == Edge {
		p.add(a, netEdge, 1, spot{name: "edge-gateway-1", region: regionEdge, role: RoleEdge})
	}
	if p.config.Monitor != nil {
		p.add(a, netMonitor, 1, spot{name: "monitor-1", region: regionMonitor, role: RoleMonitor})
	}
	for i := range p.config.Clients {
		p.nets, p.groups = append(p.nets, a.clients(i)), append(p.groups, a.clientsAt(i))
	}
	p.add(a, netClient, 1, spot{name: "client-1", region: regionClient, role: RoleClient})
}

func (p *plan) add(a addressing, region, node int, s spot) {
	s.four, s.six = a.at(region, node)
	s.at = s.four
	if p.config.Family == IPv6 {
		s.at = s.six
	}
	p.spots = append(p.spots, s)
}

// of lists the nodes of a role, of one region or (with "") of all.
func (p *plan) of(role, region string) []spot {
	var some []spot
	for _, s := range p.spots {
		if s.role == role && (region == "" || s.region == region) {
			some = append(some, s)
		}
	}
	return some
}

func (c Config) apiNames() []string {
	var names []string
	for _, r := range c.Regions {
		for j := range r.APIs {
			names = append(names, fmt.Sprintf("%s-%s-%d", r.Name, RoleAPI, j+1))
		}
	}
	return names
}

// dataDir is a node's own, kept over its restarts.
func (p *plan) dataDir(s spot) string { return filepath.Join(p.data, s.name) }

// routes are the bugs of whoever chooses among regions; a regional gateway
// that took them on would misbehave on its own.
func routes(name string) bool { return name == bug.NoFailover || name == bug.NoFailback }

// local are the bugs without those.
func local(bugs []string) []string {
	return slices.DeleteFunc(slices.Clone(bugs), routes)
}

// tierOf numbers the regions as seen from one: itself, then the others in order.
func (p *plan) tierOf(region, from string) int {
	if region == from {
		return 0
	}
	return 1 + slices.IndexFunc(p.regions, func(r Region) bool { return strings.EqualFold(r.Name, region) })
}
