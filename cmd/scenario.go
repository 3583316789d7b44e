package cmd

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/gateway/api"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/monitor"
	"github.com/drillctl/drillctl/gateway/proxy"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/scenarios"
)

// loadScenario finds and parses a scenario. All problems are shown at once.
func loadScenario(env terminal.Env, name string) (*scenarios.Scenario, []byte, error) {
	file, src, err := openScenario(env, name)
	if err != nil {
		return nil, nil, err
	}
	sc, problems := scenarios.Parse(file, src, faults.All())
	if len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprint(env.Err, p.Format(src))
		}
		return nil, nil, exit.Usagef(fmt.Sprintf("'drillctl init' shows what can be written, 'drillctl validate %s' looks again", name), "%s: %s", file, plural(len(problems), "problem"))
	}
	return sc, src, nil
}

func openScenario(env terminal.Env, name string) (string, []byte, error) {
	if name == "-" {
		src, err := io.ReadAll(io.LimitReader(env.In, maxStdin))
		return "stdin", src, err
	}
	file, src, err := scenarios.Open(name)
	if errors.Is(err, scenarios.ErrUnknown) {
		return file, nil, exit.UsageError{Err: err, Hint: "'drillctl list' lists the drills that come with drillctl"}
	}
	return file, src, err
}

// maxStdin is well above what the parser takes: it says how much is too much.
const maxStdin = 1 << 20

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// subjectOf is what a scenario drills, in the runtime of that name, with more
// bugs switched on.
func subjectOf(env terminal.Env, sc *scenarios.Scenario, bugs []string, runtime string) (subject, error) {
	at, err := groundFor(sc, runtime)
	if err != nil {
		return nil, err
	}
	if sc.System.Gateway == nil {
		own := reached{url: sc.System.Reach(), load: sc.Load, lookup: env.Lookup}
		if len(bugs) > 0 {
			return nil, exit.Usagef("leave --bug out", "bugs are those of the bundled system, and %s is not", own.url.Entry)
		}
		if c := sc.System.Containers; c != nil {
			return attached{own, docker.Filter{Labels: c.Label, Project: c.Project}, c.Members, env, sc.Drift.Inside}, nil
		}
		if sc.System.Compose != nil {
			return newComposed(env, own, sc)
		}
		return own, nil
	}
	c := gatewayOf(sc.System.Gateway, bugs)
	c.ClientsNear, c.Clients = sc.Load.From.One(), sc.Load.From.Several()
	return bundled{c, at}, nil
}

// gatewayOf is the bundled system as a scenario wants it.
func gatewayOf(g *scenarios.Gateway, bugs []string) gateway.Config {
	c := gateway.Config{
		Family: g.Family, Routing: g.Routing, Replication: g.Replication, MaxLag: std(g.MaxLag), BackupEvery: std(g.BackupEvery), BackupCheck: std(g.BackupCheck), Vaults: g.Vaults, Balance: g.Balance, TTL: std(g.TTL), Drain: std(g.Drain), KeepAlive: std(g.KeepAlive),
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

// allBugs are those of the scenario and those of the command line.
func allBugs(sc *scenarios.Scenario, more []string) []string {
	if sc.System.Gateway == nil {
		return more
	}
	return append(append([]string{}, sc.System.Gateway.Bugs...), more...)
}

func std(d scenarios.Duration) time.Duration { return time.Duration(d) }
