package gateway

import (
	"net/netip"
	"path/filepath"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/proxy"
	"github.com/drillctl/drillctl/gateway/tokens"
)

// slowList is for the complete list of orders, which an API may need 6 s for.
var slowList = proxy.Timeouts{Try: 7 * time.Second, Total: 8 * time.Second}

// proxy is what regional gateways and the edge have in common.
func (p *plan) proxy(s spot) *proxy.Config {
	return &proxy.Config{Name: s.name, Region: s.region, Addr4: s.four, Addr6: s.six, Port: p.config.Ports.Gateway,
		Balance: p.config.Balance, Health: p.health(s.region), Eject: p.config.Eject, Panic: p.config.Panic, SlowStart: p.config.SlowStart, Retries: p.config.Retries,
		Timeouts: p.config.Timeouts, Slow: map[string]proxy.Timeouts{"/orders/ids": slowList}, Drain: p.config.Drain, KeepAlive: p.config.KeepAlive}
}

// health is how a region checks: all alike, but for the bug config-drift.
func (p *plan) health(region string) health.Config {
	h := p.config.Health
	if p.has(bug.ConfigDrift) && region == p.regions[len(p.regions)-1].Name {
		h.Interval *= 3
	}
	return h
}

// gateway serves with the APIs of its own region first, then of the others.
func (p *plan) gateway(s spot) *proxy.Config {
	c := p.proxy(s)
	c.Bugs, c.Limits, c.Quota, c.TLS = local(p.config.Bugs), p.config.Limits, p.quota(s), p.certs(s)
	for _, api := range p.of(RoleAPI, "") {
		c.Upstreams = append(c.Upstreams, proxy.Upstream{Name: api.name, Region: api.region,
			Addr: netip.AddrPortFrom(api.at, APIPort), Tier: p.tierOf(api.region, s.region), Weight: p.config.Weights[api.name]})
	}
	for _, k := range p.of(RoleControl, "") {
		c.Control = &proxy.Control{URL: url(k.at, ControlPort), Own: p.gatewayURL(s), Every: p.config.Control.Every,
			Cache: filepath.Join(p.dataDir(s), "routes.json")}
	}
	c.Tokens = p.tokens(s)
	for _, e := range p.of(RoleEdge, "") {
		c.Trust = append(c.Trust, e.at)
	}
	if len(c.Trust) == 0 {
		c.Clients = p.config.Connections
	}
	return c
}

// tokens is whose tokens a gateway believes; nil lets everybody in.
func (p *plan) tokens(s spot) *tokens.Config {
	for _, i := range p.of(RoleIssuer, "") {
		t := p.config.Tokens
		return &tokens.Config{Issuer: url(i.at, IssuerPort), Node: i.name, Region: i.region, Audience: Audience, Refresh: t.Refresh, Keep: t.Keep, Leeway: t.Leeway,
			Cache: filepath.Join(p.dataDir(s), "keys.json")}
	}
	return nil
}

// edge serves with the gateways of the first healthy region.
func (p *plan) edge(s spot) *proxy.Config {
	c := p.proxy(s)
	c.Edge, c.Bugs, c.Clients = true, p.config.Bugs, p.config.Connections
	for tier, r := range p.regions {
		for _, g := range p.of(RoleGateway, r.Name) {
			c.Upstreams = append(c.Upstreams, proxy.Upstream{Name: g.name, Region: r.Name,
				Addr: netip.AddrPortFrom(g.at, p.config.Ports.Gateway), Tier: tier})
		}
	}
	// A regional gateway should give up before we do, and yet two tries should
	// fit into the total.
	c.Timeouts.Try += c.Timeouts.Try / 4
	return c
}
