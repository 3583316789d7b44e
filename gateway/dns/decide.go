package dns

import (
	"slices"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

// decide makes a new table of all that is known now.
func (b *brain) decide() {
	views := []View{b.own}
	for _, p := range b.peers {
		if time.Since(p.at) <= b.config.stale() {
			views = append(views, p.View)
		}
	}
	if !b.settled(views) {
		return
	}
	before := b.table.Load()
	now := *before
	now.answering = quorum(len(views)-1, len(b.config.Servers)) || b.config.has(bug.SplitBrain)
	if now.answering {
		// What a node finds out while it is cut off is no belief to settle a tie by:
		// to it, everyone is down.
		now.healthy = merge(views, before.healthy, b.names)
		all := candidates(b.config.Regions, now.healthy)
		b.judge(all)
		now.regions = b.policy.Choose(before.regions, all)
		now.near = b.nearby(before.near, all, views)
	}
	b.table.Store(&now)
	b.tellRoute(before, &now)
}

// nearby decides for the clients near each region, by what that region's own
// traffic manager measures; while it is not heard, by what we do.
func (b *brain) nearby(before map[string][]string, all []Candidate, views []View) map[string][]string {
	if !local(b.config.Policy) {
		return nil
	}
	near := map[string][]string{}
	for _, r := range b.config.Regions {
		latency := b.own.Latency
		for _, v := range views {
			if v.Region == r.Name {
				latency = v.Latency
			}
		}
		near[r.Name] = b.policy.Choose(before[r.Name], seenFrom(r.Name, all, b.config.Regions, latency))
	}
	return near
}

// settled says whether the first answer may be given. The primary is waited for,
// or the nodes that come up first would send everyone to a standby; but not by
// a node that joins others who answer already, and not for ever.
func (b *brain) settled(views []View) bool {
	if b.own.Settled {
		return true
	}
	merged := candidates(b.config.Regions, merge(views, nil, b.names))
	theirs := slices.ContainsFunc(views, func(v View) bool { return v.Settled })
	opinion := len(b.own.Gateways) == len(b.names)
	together := quorum(len(views)-1, len(b.config.Servers)) && (merged[0].Healthy || theirs && opinion)
	b.own.Settled = together || time.Since(b.began) > max(grace, b.config.Health.Worst())
	return b.own.Settled
}

// judge tells the regions' health where it is new. That of a region whose
// gateways were not checked yet is not bad but unknown.
func (b *brain) judge(all []Candidate) {
	for i, c := range all {
		was, told := b.judged[c.Name]
		if told && was == c.Healthy || !told && !c.Healthy && !b.knows(b.config.Regions[i]) {
			continue
		}
		b.judged[c.Name] = c.Healthy
		b.tellHealth(c.Name, c.Name, c.Healthy, "majority", "")
	}
}

// knows says whether our own checks have said something of a whole region.
func (b *brain) knows(r Region) bool {
	for _, g := range r.Gateways {
		if _, known := b.own.Gateways[g.Name]; !known {
			return false
		}
	}
	return true
}
