package subject

import (
	"time"

	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/gateway/api"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/monitor"
	"github.com/drillctl/drillctl/gateway/proxy"
	"github.com/drillctl/drillctl/scenarios"
)

// gatewayOf is the bundled system as a scenario wants it.
func gatewayOf(g *scenarios.Gateway, bugs []string) gateway.Config {
	c := gateway.Config{
		Family: g.Family, Routing: g.Routing, Replication: g.Replication, MaxLag: std(g.MaxLag), CopyEvery: std(g.CopyEvery), BackupEvery: std(g.BackupEvery), BackupCheck: std(g.BackupCheck), Vaults: g.Vaults, Balance: g.Balance, TTL: std(g.TTL), Drain: std(g.Drain), KeepAlive: std(g.KeepAlive),
		Health:  health.Config{Interval: std(g.Health.Interval), Timeout: std(g.Health.Timeout), Threshold: g.Health.Threshold, Success: g.Health.Success},
		Retries: retries(g.Retries),
		Panic:   float64(g.Panic), SlowStart: std(g.SlowStart),
		Limits:      proxy.Limits{Upstream: g.Limits.Upstream, Gateway: g.Limits.Gateway},
		Connections: proxy.Clients{Limits: listen.Limits{All: g.Clients.All, PerClient: g.Clients.PerClient}, Header: std(g.Clients.Header)},
		API:         capacity(g.API),
		Bugs:        append(append([]string(nil), g.Bugs...), bugs...),
	}
	c.StoreDisk = int64(g.StoreDisk)
	if f := g.Serverless; f != nil {
		c.Serverless = &api.Serverless{ColdStart: std(f.ColdStart), Work: std(f.Work), Concurrency: f.Concurrency, Min: f.Min, Max: f.Max, Idle: std(f.Idle), Queue: f.Queue}
	}
	if m := g.Monitor; m != nil {
		c.Monitor = &monitor.Settings{Interval: std(m.Scrape), Window: std(m.Window), For: std(m.For), Expiry: std(m.Expiry)}
	}
	if q := g.Quota; q != nil {
		c.Quota = quotaOf(q)
	}
	if g.Control != nil {
		c.Control = &gateway.Control{Every: std(g.Control.Every), Canary: std(g.Control.Canary)}
	}
	if g.TLS != nil {
		c.TLS = &gateway.TLS{Lifetime: std(g.TLS.Lifetime)}
	}
	if t := g.Tokens; t != nil {
		c.Tokens = &gateway.Tokens{Lifetime: std(t.Lifetime), Refresh: std(t.Refresh), Keep: std(t.Keep), Leeway: std(t.Leeway)}
	}
	for _, r := range g.Regions {
		c.Regions = append(c.Regions, gateway.Region{Name: r.Name, Role: r.Role, Gateways: r.Gateways, APIs: r.APIs, Weight: r.Weight})
	}
	return c
}

// quotaOf is who may send what to the bundled system.
func quotaOf(q *scenarios.Quota) *gateway.Quota {
	out := &gateway.Quota{LoadAs: q.LoadAs, Cache: std(q.Cache)}
	for _, t := range q.Tenants {
		out.Tenants = append(out.Tenants, gateway.Tenant{Name: t.Name, Key: t.Key, Rate: float64(t.Rate), Burst: t.Burst})
	}
	if q.Store != nil {
		out.Store = &gateway.QuotaStore{Wait: std(q.Store.Wait)}
	}
	return out
}

// capacity is that of an API: without workers it has no bounds.
func capacity(c scenarios.Capacity) api.Capacity {
	if c.Workers == 0 {
		return api.Capacity{}
	}
	return api.Capacity{Workers: c.Workers, ServiceTime: std(c.ServiceTime), WarmUp: std(c.WarmUp)}
}

// retries are those of a gateway. To the scenario 0 means none; to the gateway a
// zero field is its default, and -1 is none.
func retries(r scenarios.Retries) proxy.Retries {
	out := proxy.Retries{Budget: float64(r.Budget), Max: r.Max}
	if r.Max == 0 || r.Budget == 0 {
		out.Max = -1
	}
	return out
}

// AllBugs are those of the scenario and those of the command line.
func AllBugs(sc *scenarios.Scenario, more []string) []string {
	if sc.System.Gateway == nil {
		return more
	}
	return append(append([]string{}, sc.System.Gateway.Bugs...), more...)
}

func std(d scenarios.Duration) time.Duration { return time.Duration(d) }
