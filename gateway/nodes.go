package gateway

import (
	"net/netip"
	"slices"

	"github.com/drillctl/drillctl/gateway/api"
	"github.com/drillctl/drillctl/gateway/certs"
	"github.com/drillctl/drillctl/gateway/control"
	"github.com/drillctl/drillctl/gateway/counts"
	"github.com/drillctl/drillctl/gateway/dns"
	"github.com/drillctl/drillctl/gateway/issuer"
	"github.com/drillctl/drillctl/gateway/monitor"
	"github.com/drillctl/drillctl/gateway/proxy"
	"github.com/drillctl/drillctl/gateway/store"
	"github.com/drillctl/drillctl/gateway/vault"
)

// A NodeConfig is what one node is told: its role, and that role's config.
type NodeConfig struct {
	Name    string          `json:"name"`
	Region  string          `json:"region"`
	Role    string          `json:"role"`
	Proxy   *proxy.Config   `json:"proxy,omitempty"` // gateway and edge
	DNS     *dns.Config     `json:"dns,omitempty"`
	API     *api.Config     `json:"api,omitempty"`
	Store   *store.Config   `json:"store,omitempty"`
	Vault   *vault.Config   `json:"vault,omitempty"`
	Control *control.Config `json:"control,omitempty"`
	Issuer  *issuer.Config  `json:"issuer,omitempty"`
	Monitor *monitor.Config `json:"monitor,omitempty"`
	Counts  *counts.Config  `json:"counts,omitempty"` // quota store
}

func (p *plan) nodeConfig(s spot) NodeConfig {
	n := NodeConfig{Name: s.name, Region: s.region, Role: s.role}
	switch s.role {
	case RoleGateway:
		n.Proxy = p.gateway(s)
	case RoleEdge:
		n.Proxy = p.edge(s)
	case RoleDNS:
		n.DNS = p.dns(s)
	case RoleAPI:
		n.API = p.api(s)
	case RoleStore:
		n.Store = p.store(s)
	case RoleControl:
		n.Control = p.control(s)
	case RoleIssuer:
		n.Issuer = p.issuer(s)
	case RoleVault:
		n.Vault = &vault.Config{Name: s.name, Region: s.region, Addr4: s.four, Addr6: s.six, Port: VaultPort, Dir: p.dataDir(s)}
	case RoleMonitor:
		n.Monitor = p.monitor(s)
	case RoleQuota:
		n.Counts = p.counts(s)
	}
	return n
}

func (p *plan) has(name string) bool { return slices.Contains(p.config.Bugs, name) }

// control serves all regions; of several the last one in order tries.
func (p *plan) control(s spot) *control.Config {
	c := &control.Config{Name: s.name, Region: s.region, Addr4: s.four, Addr6: s.six, Port: ControlPort, Dir: p.dataDir(s),
		Canary: p.config.Control.Canary, Bugs: p.config.Bugs}
	for _, r := range p.regions {
		c.Regions = append(c.Regions, r.Name)
	}
	return c
}

// Audience is whom tokens are for: all gateways of the system.
const Audience = "https://" + entryName

func (p *plan) issuer(s spot) *issuer.Config {
	t := p.config.Tokens
	return &issuer.Config{Name: s.name, Region: s.region, Addr4: s.four, Addr6: s.six, Port: IssuerPort, URL: url(s.at, IssuerPort), Dir: p.dataDir(s),
		Lifetime: t.Lifetime, Refresh: t.Refresh, Leeway: t.Leeway, Bugs: p.config.Bugs}
}

func (p *plan) dns(s spot) *dns.Config {
	c := &dns.Config{Name: s.name, Region: s.region, Addr4: s.four, Addr6: s.six, Port: p.config.Ports.DNS,
		Admin: p.config.Ports.Peer, Zone: entryName, Policy: p.config.Routing, Health: p.health(s.region), TTL: p.config.TTL, Bugs: p.config.Bugs}
	if t := p.config.TLS; t != nil {
		c.TLS = &certs.Trust{Name: entryName, Roots: t.Roots}
	}
	for _, r := range p.regions {
		region := dns.Region{Name: r.Name, Weight: r.Weight}
		for _, g := range p.of(RoleGateway, r.Name) {
			answer := dns.Gateway{Name: g.name, Addr4: g.four, Addr6: g.six, URL: p.gatewayURL(g) + "/readyz"}
			if p.config.Family == IPv6 {
				answer.Addr4 = netip.Addr{} // clients would prefer it
			}
			region.Gateways = append(region.Gateways, answer)
		}
		c.Regions = append(c.Regions, region)
	}
	near := p.config.ClientsNear
	if near == "" {
		near = p.regions[0].Name
	}
	for _, client := range p.of(RoleClient, "") {
		c.Clients = append(c.Clients, dns.Client{Addr4: client.four, Addr6: client.six, Near: near})
		if len(p.nets) > 0 {
			c.Resolvers = append(c.Resolvers, client.at)
		}
	}
	for i, n := range p.nets {
		c.Nets = append(c.Nets, dns.Net{Prefix: n, Near: p.config.Clients[i]})
	}
	for _, peer := range p.of(RoleDNS, "") {
		c.Servers = append(c.Servers, dns.Server{Name: peer.name, Region: peer.region, Addr4: peer.four, Addr6: peer.six,
			Admin: netip.AddrPortFrom(peer.at, p.config.Ports.Peer)})
	}
	return c
}

func (p *plan) api(s spot) *api.Config {
	c := &api.Config{Name: s.name, Region: s.region, Addr4: s.four, Addr6: s.six, Bugs: p.config.Bugs, Serverless: p.config.Serverless, Capacity: p.config.API}
	for _, own := range p.of(RoleStore, s.region) {
		c.Store = url(own.at, StorePort)
	}
	return c
}

// monitor watches the gateways of all regions.
func (p *plan) monitor(s spot) *monitor.Config {
	c := &monitor.Config{Name: s.name, Region: s.region, Addr4: s.four, Addr6: s.six, Settings: *p.config.Monitor, Bugs: p.config.Bugs}
	for _, g := range p.of(RoleGateway, "") {
		c.Targets = append(c.Targets, monitor.Target{Name: g.name, Region: g.region, URL: url(g.at, p.config.Ports.Gateway)})
	}
	return c
}

func (p *plan) store(s spot) *store.Config {
	c := &store.Config{Name: s.name, Region: s.region, Addr4: s.four, Addr6: s.six, Primary: p.regions[0].Name,
		Replication: p.config.Replication, MaxLag: p.config.MaxLag, CopyEvery: p.config.CopyEvery, BackupEvery: p.config.BackupEvery, BackupCheck: p.config.BackupCheck, Dir: p.dataDir(s), Bugs: p.config.Bugs}
	for _, v := range p.of(RoleVault, "") {
		c.Vaults = append(c.Vaults, store.Vault{Region: v.region, Name: v.name, URL: url(v.at, VaultPort)})
	}
	if q := p.config.Quota; q != nil && s.region == c.Primary {
		c.Tenants = q.tenants()
	}
	for _, peer := range p.of(RoleStore, "") {
		c.Peers = append(c.Peers, store.Peer{Region: peer.region, Name: peer.name, Addr: peer.at})
	}
	return c
}
