package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const maxRegions = 9

// given are the keys of a system that are there.
func (s System) given() []string {
	var keys []string
	for key, is := range map[string]bool{"gateway": s.Gateway != nil, "compose": s.Compose != nil, "containers": s.Containers != nil, "url": s.URL != nil} {
		if is {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// oneSystem checks that there is one, and one that is not the bundled one.
func (c *checker) oneSystem() {
	s, given := c.s.System, c.s.System.given()
	switch {
	case len(given) > 1:
		c.errorf("system."+given[1], "make two scenarios of it", "system: %s are two systems", strings.Join(given[:2], " and "))
	case s.URL != nil:
		c.reach("system.url", *s.URL)
	case s.Containers != nil:
		c.containers(s.Containers)
	case s.Compose != nil:
		c.compose(s.Compose)
	case s.Gateway == nil && c.sound("system"):
		c.errorf("system", "gateway: {regions: ...} is the bundled one, url: https://..., compose: {file: ...} or containers: {label: ...} one of your own", "system: nothing is given to drill")
	}
}

func (c *checker) system() {
	g := c.s.System.Gateway
	if c.oneSystem(); len(c.s.System.given()) != 1 || g == nil {
		return
	}
	c.regions(g.Regions)
	if g.Health.Timeout > g.Health.Interval && c.sound("system.gateway.health") {
		c.errorf("system.gateway.health.timeout", fmt.Sprintf("at most %s, the interval", g.Health.Interval), "system.gateway.health: timeout %s is longer than interval %s", g.Health.Timeout, g.Health.Interval)
	}
	c.vaults(g)
	if g.MaxLag > 0 && g.Replication != "async" && c.sound("system.gateway.replication", "system.gateway.max-lag") {
		c.errorf("system.gateway.max-lag", "replication: async, or leave it out", "system.gateway.max-lag: replication %s copies no log behind the acknowledgement", g.Replication)
	}
	c.storeDisk(g)
	c.quota(g)
	if g.TLS != nil && g.Routing == "edge" && c.sound("system.gateway.tls", "system.gateway.routing") {
		c.errorf("system.gateway.tls", "another routing, or no tls", "system.gateway.tls: with routing edge clients do not come to the gateways of regions")
	}
	if t := g.Tokens; t != nil && t.Lifetime.std()%time.Second != 0 {
		c.errorf("system.gateway.tokens.lifetime", "tokens count in whole seconds", "system.gateway.tokens.lifetime: %s is not whole seconds", t.Lifetime)
	}
	if t := g.Tokens; t != nil && t.Keep < t.Refresh && c.sound("system.gateway.tokens") {
		c.errorf("system.gateway.tokens.keep-keys", fmt.Sprintf("at least %s, the time between two questions", t.Refresh), "system.gateway.tokens: keys that are kept for %s have run out before they are asked for again", t.Keep)
	}
	if sl := g.Serverless; sl != nil && sl.Min > sl.Max && c.sound("system.gateway.serverless") {
		c.errorf("system.gateway.serverless.min-instances", fmt.Sprintf("at most %d, max-instances", sl.Max), "system.gateway.serverless: %d instances are always up, and at most %d", sl.Min, sl.Max)
	}
	if g.API.WarmUp > 0 && g.API.Workers == 0 && c.sound("system.gateway.api") {
		c.errorf("system.gateway.api.warm-up", "say how many workers it has, too", "system.gateway.api: warm-up without workers has nothing to slow down")
	}
	if m := g.Monitor; m != nil && m.Window < 2*m.Scrape && c.sound("system.gateway.monitor") {
		c.errorf("system.gateway.monitor.window", fmt.Sprintf("at least %s", 2*m.Scrape), "system.gateway.monitor: a window of %s does not hold two looks, one every %s", m.Window, m.Scrape)
	}
	if g.TTL.std()%time.Second != 0 {
		c.errorf("system.gateway.ttl", "DNS counts in whole seconds", "system.gateway.ttl: %s is not whole seconds", g.TTL)
	}
}

// quota checks that tenants can be told apart and that the load is one of them.
func (c *checker) quota(g *Gateway) {
	const path = "system.gateway.quota"
	if g.Quota == nil || !c.sound(path) {
		return
	}
	var names, keys []string
	for _, t := range g.Quota.Tenants {
		at := join(path+".tenants", clip(t.Name))
		switch {
		case !regionForm.MatchString(t.Name):
			c.errorf(at, "1 to 32 lower case letters, digits and hyphens, a letter first", "tenant %q cannot be called that", clip(t.Name))
		case slices.Contains(keys, t.Key) || t.Key == "":
			c.errorf(at+".key", "keys tell tenants apart", "%s.key: it is not a key of its own", at)
		case t.Rate <= 0:
			c.errorf(at+".rate", "write it like 300/s", "%s.rate: who may send nothing is no tenant", at)
		}
		names, keys = append(names, t.Name), append(keys, t.Key)
	}
	if len(names) == 0 {
		c.errorf(path+".tenants", "write it like shop: {key: ..., rate: 300/s}", "%s.tenants: there is none", path)
		return
	}
	c.among(path+".load-as", []string{g.Quota.LoadAs}, names)
}

// vaults checks that object stores have a region and something to keep.
func (c *checker) vaults(g *Gateway) {
	const path = "system.gateway.backup-vaults"
	if len(g.Vaults) == 0 || !c.sound(path) {
		return
	}
	if g.Replication != "backup" && c.sound("system.gateway.replication") {
		c.errorf(path, "replication: backup, or leave it out", "%s: replication %s makes no backups to keep", path, g.Replication)
	}
	if c.sound("system.gateway.regions") {
		c.among(path, g.Vaults, c.s.System.Regions())
	}
	for i, name := range g.Vaults {
		if slices.Contains(g.Vaults[:i], name) {
			c.errorf(path, "once is enough", "%s: %q is there twice", path, clip(name))
		}
	}
}

func (c *checker) regions(rs Regions) {
	const path = "system.gateway.regions"
	primaries := 0
	for _, r := range rs {
		if r.Role == "primary" {
			primaries++
		}
		if !regionForm.MatchString(r.Name) || slices.Contains([]string{"client", "edge", "monitor"}, r.Name) {
			c.errorf(join(path, clip(r.Name)), "1 to 32 lower case letters, digits and hyphens, a letter first; not client, edge or monitor", "region %q cannot be called that", clip(r.Name))
		}
	}
	if primaries > 1 && c.sound(path) {
		c.errorf(path, "exactly one serves first", "%s: %d primaries", path, primaries)
	}
	switch n := len(rs); {
	case n == 0:
		c.errorf(path, "write it like us-east: {role: primary}", "%s: there is none", path)
	case n == 2 && c.sound(path):
		c.errorf(path, "add a third region: two cannot tell loss from partition", "%s: two regions have no majority, so the store could never fail over", path)
	case n > maxRegions:
		c.errorf(path, fmt.Sprintf("at most %d", maxRegions), "%s: %d regions are too many", path, n)
		c.doubts = append(c.doubts, path)
	}
}

func (c *checker) load() {
	l := c.s.Load
	c.asking()
	if l.Rate <= 0 {
		c.errorf("load.rate", "write it like 300/s", "load.rate: a drill without load measures nothing")
	}
	if g := c.s.System.Gateway; len(l.From) > 0 && g != nil && c.sound("system.gateway.regions", "load.from") {
		c.from(g)
	}
	if len(l.From) > 0 {
		c.shares()
	}
	c.resolver()
	if g := c.s.System.Gateway; l.Intruders > 0 && (g == nil || g.Tokens == nil) && c.sound("system", "load.intruders") {
		c.errorf("load.intruders", "system: {gateway: {tokens: {}}} has clients show tokens", "load.intruders: nothing asks for a token, so there is none to forge")
	}
	if l.Timeout < l.Deadline && c.sound("load.timeout", "load.deadline") {
		c.errorf("load.timeout", fmt.Sprintf("at least %s, the deadline", l.Deadline), "load: timeout %s is shorter than deadline %s", l.Timeout, l.Deadline)
	}
}
