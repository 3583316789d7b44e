package scenarios

import (
	"fmt"
	"math"
	"slices"

	"github.com/drillctl/drillctl/drill"
)

// from checks where the clients are.
func (c *checker) from(g *Gateway) {
	var names []string
	for _, r := range g.Regions {
		names = append(names, r.Name)
	}
	from := c.s.Load.From
	for _, one := range from {
		if !slices.Contains(names, one.Region) {
			path := "load.from"
			if len(from) > 1 {
				path = join(path, clip(one.Region))
			}
			c.errorf(path, suggest(one.Region, names), "load.from: there is no region %q", clip(one.Region))
			return
		}
	}
	switch {
	case len(from) == 1 && g.Routing != "latency" && g.Routing != "geo":
		c.errorf("load.from", "leave it out, or route by latency or geo", "load.from: routing %s treats all clients alike", g.Routing)
	case len(from) > 1 && g.Routing == "edge":
		c.errorf("load.from", "leave it out, or route by DNS", "load.from: an edge is one address for all clients")
	}
}

// shares checks that groups of clients make up the whole.
func (c *checker) shares() {
	if !c.sound("load.from") {
		return
	}
	sum := 0.0
	for _, one := range c.s.Load.From {
		if one.Share <= 0 {
			c.errorf(join("load.from", clip(one.Region)), "leave it out", "load.from: %s of the requests are none", one.Share)
		}
		sum += float64(one.Share)
	}
	if math.Abs(sum-1) > 1e-6 {
		c.errorf("load.from", "the shares must be 100% together", "load.from: the shares are %s together", percentage(math.Round(sum*1e8)/1e8))
	}
}

// resolver refuses settings that no resolver of ours would follow.
func (c *checker) resolver() {
	const path = "load.resolver"
	s := c.s.System
	switch {
	case c.s.Load.ResolverSpec() == (drill.ResolverSpec{}) || !c.sound("system", path):
	case s.Gateway != nil && s.Gateway.Routing == "edge":
		c.errorf(path, "leave it out, or route by DNS", "%s: an edge is reached without DNS", path)
	case s.own() && len(s.Reach().DNS) == 0:
		c.errorf(path, "dns: [192.0.2.1:53] of the system names servers to ask", "%s: without servers to ask, the machine's resolver keeps answers as it likes", path)
	}
}

// originTargets checks what is wanted for single groups of clients.
func (c *checker) originTargets() {
	several := c.s.Load.From.Several()
	for i, t := range c.s.Objectives.Origins {
		path := fmt.Sprintf("objectives.origins[%d]", i)
		same := func(b OriginTarget) bool { return b.From == t.From }
		switch {
		case !c.sound("load.from", path):
		case several == nil:
			c.errorf(path, "load: {from: {us-east: 60%, eu: 40%}}", "%s: nothing tells clients apart: load.from names no more than one region", path)
		case !slices.Contains(several, t.From):
			c.errorf(path+".from", suggest(t.From, several), "%s.from: no clients are near %q", path, clip(t.From))
		case slices.IndexFunc(c.s.Objectives.Origins, same) < i:
			c.errorf(path, "put both targets into one", "%s: %s is there twice", path, t.From)
		case t.RTO == nil && t.Avail == nil:
			c.errorf(path, "e.g. rto: 10s", "%s: nothing is asked for %s", path, t.From)
		default:
			c.fineOrigin(path, t)
		}
	}
}

// fineOrigin refuses targets below what a group's share of the load can tell
// apart.
func (c *checker) fineOrigin(path string, t OriginTarget) {
	i := slices.IndexFunc(c.s.Load.From, func(o Origin) bool { return o.Region == t.From })
	share := float64(c.s.Load.From[i].Share)
	if share <= 0 || !c.sound("load.rate", "load.writes") || c.s.Load.Rate <= 0 {
		return
	}
	slot := 1 / (float64(c.s.Load.Rate) * share)
	if c.s.Load.Writes > 0 {
		slot = max(slot, 1/(float64(c.s.Load.Writes)*share))
	}
	if t.RTO != nil {
		target := t.RTO.std().Seconds()
		if why, hint := coarseTime(target*share, slot*share, "load.rate and load.writes"); why != "" {
			c.errorf(path+".rto", hint, "%s.rto: the requests of %s are %.2g s apart: too coarse for a target of %s", path, Percent(share), slot, t.RTO)
		}
	}
	if t.Avail != nil {
		if why, hint := c.fewOf(float64(*t.Avail), share); why != "" {
			c.errorf(path+".availability", hint, "%s.availability: %s", path, why)
		}
	}
}

// asksOne says whether an objective is about one alert or one group of clients,
// which have checks of their own.
func asksOne(o drill.Objective) bool {
	_, of := drill.SplitMetric(o.Metric)
	return of != ""
}
