package dns

import (
	"net/netip"
	"strings"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

// lookup finds the addresses of a name within the zone; routed says that they
// depend on health: the entry itself, or one region of it.
func (r *responder) lookup(t *table, name string, who asker) (addrs [][2]netip.Addr, routed, found bool) {
	if name == "" {
		for _, region := range r.choice(t, who) {
			addrs = append(addrs, r.gateways(t, region)...)
		}
		return addrs, true, true
	}
	for _, region := range r.brain.config.Regions {
		if strings.EqualFold(region.Name, name) {
			return r.gateways(t, region.Name), true, true
		}
	}
	for _, s := range r.brain.config.Servers {
		if strings.EqualFold(s.Name, name) {
			return [][2]netip.Addr{{s.Addr4, s.Addr6}}, false, true
		}
	}
	return nil, false, false
}

// choice is the regions that an asker is sent to.
func (r *responder) choice(t *table, who asker) []string {
	c := r.brain.config
	if own, known := t.near[who.near]; known {
		return own
	}
	if c.Policy == Weighted && len(t.regions) > 1 {
		return []string{draw(t.regions, c.weight, who.addr, time.Now(), c.TTL)}
	}
	return t.regions
}

// tailors says whether the entry's answer depends on who asks.
func (r *responder) tailors(t *table) bool {
	return len(t.near) > 0 || r.brain.config.Policy == Weighted && len(t.regions) > 1
}

// weight is a region's share of the draw; at least one, so that the last resort
// can be drawn.
func (c Config) weight(region string) int {
	for _, r := range c.Regions {
		if r.Name == region && !c.has(bug.EqualWeights) {
			return max(1, r.Weight)
		}
	}
	return 1
}

// gateways are those of a region that are healthy, or all if none is.
func (r *responder) gateways(t *table, region string) [][2]netip.Addr {
	var all, healthy [][2]netip.Addr
	for _, c := range r.brain.config.Regions {
		if c.Name != region {
			continue
		}
		for _, g := range c.Gateways {
			pair := [2]netip.Addr{g.Addr4, g.Addr6}
			all = append(all, pair)
			if t.healthy[g.Name] {
				healthy = append(healthy, pair)
			}
		}
	}
	if len(healthy) > 0 {
		return healthy
	}
	return all
}
