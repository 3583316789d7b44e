package gateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/proxy"
)

// maxInstances keeps a region's nodes within the last number of an address.
const maxInstances = 100

// The disks of stores lie in memory, so they are small; a log needs some room.
const (
	minDisk = 16 << 20
	maxDisk = 1 << 30
)

// A Problem is one thing that is wrong with a Config.
type Problem struct {
	Field string // its path, e.g. "regions.us-east.role" or "health.timeout"
	Why   string
}

func (p Problem) Error() string { return p.Field + ": " + p.Why }

// Check returns all that is wrong with a config whose defaults are filled,
// each a Problem.
func (c Config) Check() []error {
	var errs []error
	bad := func(field, format string, args ...any) {
		errs = append(errs, Problem{Field: field, Why: fmt.Sprintf(format, args...)})
	}
	c.checkRegions(bad)
	oneOf(bad, "ip-family", c.Family, []string{IPv4, IPv6})
	oneOf(bad, "routing", c.Routing, Routings())
	oneOf(bad, "replication", c.Replication, Replications())
	oneOf(bad, "balance", c.Balance, proxy.Balances())
	c.checkNumbers(bad)
	c.checkControl(bad)
	c.checkTokens(bad)
	c.checkVaults(bad)
	c.checkServerless(bad)
	c.checkQuota(bad)
	c.checkTLS(bad)
	for _, name := range c.Bugs {
		if !bug.Known(name) {
			bad("bugs", "there is no bug %q; `drillctl gateway bugs` lists them", name)
		}
	}
	for _, name := range sortedKeys(c.Weights) {
		if !slices.Contains(c.apiNames(), name) {
			bad("weights."+name, "there is no such API instance; they are %s", strings.Join(c.apiNames(), ", "))
		}
		if c.Weights[name] < 1 || c.Weights[name] > 1000 {
			bad("weights."+name, "must be 1 to 1000, not %d", c.Weights[name])
		}
	}
	return errs
}

type complain func(field, format string, args ...any)

func oneOf(bad complain, field, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		bad(field, "must be one of %s, not %q", strings.Join(allowed, ", "), value)
	}
}

// label is what can stand in a DNS name and in an instance's name.
var label = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)

func (c Config) checkRegions(bad complain) {
	if len(c.Regions) > 9 {
		bad("regions", "at most 9 are possible, not %d", len(c.Regions))
	}
	seen, primaries := map[string]bool{}, 0
	for _, r := range c.Regions {
		field := "regions." + r.Name
		if !label.MatchString(r.Name) || slices.Contains([]string{regionEdge, regionClient, regionMonitor}, r.Name) {
			bad(field, "a region's name is 1 to 32 lower case letters, digits and hyphens, and not %q, %q or %q", regionEdge, regionClient, regionMonitor)
		}
		if seen[r.Name] {
			bad(field, "is there twice")
		}
		seen[r.Name] = true
		oneOf(bad, field+".role", r.Role, []string{Primary, Standby, Active})
		if r.Role == Primary {
			primaries++
		}
		if r.Gateways < 1 || r.Gateways > maxInstances {
			bad(field+".gateways", "must be 1 to %d, not %d", maxInstances, r.Gateways)
		}
		if r.Weight < 0 || r.Weight > 1000 {
			bad(field+".weight", "must be 0 to 1000, not %d", r.Weight)
		}
		if r.APIs < 1 || r.APIs > maxInstances {
			bad(field+".apis", "must be 1 to %d, not %d", maxInstances, r.APIs)
		}
	}
	if c.ClientsNear != "" && !seen[c.ClientsNear] {
		bad("clients-near", "there is no region %q", c.ClientsNear)
	}
	c.checkClients(bad, seen)
	if primaries != 1 {
		bad("regions", "exactly one must have the role primary, not %d", primaries)
	}
}

// checkClients asks of groups of clients that a traffic manager can tell them
// apart.
func (c Config) checkClients(bad complain, regions map[string]bool) {
	for i, name := range c.Clients {
		if !regions[name] {
			bad("clients", "there is no region %q", name)
		}
		if slices.Contains(c.Clients[:i], name) {
			bad("clients", "%q is there twice", name)
		}
	}
	if len(c.Clients) > 0 && c.Routing == Edge {
		bad("clients", "an edge is one address for all of them; route by DNS")
	}
}

func (c Config) checkNumbers(bad complain) {
	if m := c.Monitor; m != nil && (m.Interval < 100*time.Millisecond || m.Window < 2*m.Interval || m.For < 0) {
		bad("monitor", "scrapes at most every 100ms, and a window of at least two scrapes, are needed")
	}
	for _, d := range []struct {
		field    string
		value    time.Duration
		min, max time.Duration
	}{
		{"health.interval", c.Health.Interval, 10 * time.Millisecond, time.Hour},
		{"health.timeout", c.Health.Timeout, time.Millisecond, time.Hour},
		{"ttl", c.TTL, time.Second, 24 * time.Hour},
		{"drain", c.Drain, 0, time.Hour},
		{"backup-every", c.BackupEvery, 100 * time.Millisecond, 24 * time.Hour},
		{"backup-check", c.BackupCheck, 100 * time.Millisecond, 24 * time.Hour},
		{"slow-start", c.SlowStart, 0, time.Hour},
		{"connections.header-timeout", c.Connections.Header, -1, time.Hour},
		{"api.service-time", c.API.ServiceTime, 0, time.Minute},
		{"api.warm-up", c.API.WarmUp, 0, time.Hour},
		{"eject.for", c.Eject.For, time.Millisecond, time.Hour},
		{"timeouts.connect", c.Timeouts.Connect, time.Millisecond, time.Minute},
		{"timeouts.try", c.Timeouts.Try, time.Millisecond, time.Minute},
		{"timeouts.total", c.Timeouts.Total, time.Millisecond, time.Hour},
	} {
		if d.value < d.min || d.value > d.max {
			bad(d.field, "must be %v to %v, not %v", d.min, d.max, d.value)
		}
	}
	for _, n := range []struct {
		field           string
		value, min, max int
	}{
		{"health.threshold", c.Health.Threshold, 1, 100},
		{"health.success", c.Health.Success, 1, 100},
		{"eject.failures", c.Eject.Failures, -1, 1000},
		{"limits.upstream", c.Limits.Upstream, 0, 100_000},
		{"limits.gateway", c.Limits.Gateway, 0, 100_000},
		{"connections.all", c.Connections.All, 0, 1_000_000},
		{"connections.per-client", c.Connections.PerClient, 0, 1_000_000},
		{"api.workers", c.API.Workers, 0, 1000},
		{"retries.max", c.Retries.Max, -1, 10},
		{"retries.burst", c.Retries.Burst, 1, 10000},
	} {
		if n.value < n.min || n.value > n.max {
			bad(n.field, "must be %d to %d, not %d", n.min, n.max, n.value)
		}
	}
	if d := c.StoreDisk; d != 0 && (d < minDisk || d > maxDisk) {
		bad("store-disk", "must be %d MiB to %d MiB, or 0 for none, not %d bytes", minDisk>>20, maxDisk>>20, d)
	}
	if !(c.Panic >= 0 && c.Panic <= 1) {
		bad("panic", "must be 0 to 1, not %v", c.Panic)
	}
	if !(c.Retries.Budget >= 0 && c.Retries.Budget <= 10) { // so that NaN is caught
		bad("retries.budget", "must be 0 to 10 retries per request, not %v", c.Retries.Budget)
	}
}
