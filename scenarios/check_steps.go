package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/drillctl/drillctl/faults"
)

func (c *checker) step(i int) {
	st, path := c.s.Steps[i], stepID(i)
	if !st.Harms() {
		c.harmless(st, path)
		return
	}
	if st.Kind.Outside {
		c.outside(path+".on", st.On)
	} else {
		c.selector(path+".on", st.On)
	}
	if st.From != nil && !(st.Kind.Peers && !st.Kind.Sent && c.someClients(path+".from", *st.From)) {
		c.selector(path+".from", *st.From)
	}
	if st.Damage == nil || !c.sound(path+".fault") {
		return
	}
	c.shape(st, path)
	if ch, ok := st.Damage.(faults.Checker); ok {
		problems := ch.Check()
		for _, key := range slices.Sorted(maps.Keys(problems)) {
			if !c.sound(path + "." + key) {
				continue
			}
			c.errorf(path+"."+key, "'drillctl explain fault."+st.Fault+"' describes it", "%s.%s: %s", path, key, problems[key])
		}
	}
}

// outside asks of damage that hits no instance that it names at most a region.
func (c *checker) outside(path string, sel Selector) {
	if len(sel.Role)+len(sel.Service)+len(sel.Name)+len(sel.Label) > 0 || sel.Pick != "all" {
		c.errorf(path, "on: {region: ...}, or leave it out", "%s: this damage is not done to instances: it takes at most a region", path)
		return
	}
	if c.sound("system") {
		c.among(path+".region", sel.Region, c.s.System.Regions())
	}
}

// shape checks which keys the kind of a step wants and which it has no use for.
func (c *checker) shape(st Step, path string) {
	if c.s.System.URL != nil && !st.Kind.Outside {
		c.errorf(path+".fault", "command runs your own commands, external waits for others", "%s: %s needs instances, and of a system given by url drillctl knows none", path, st.Fault)
	}
	switch {
	case st.Kind.Instant && st.For > 0:
		c.errorf(path+".for", "leave it out", "%s: %s is over at once and takes no for", path, st.Fault)
	case !st.Kind.Instant && st.For == 0 && c.sound(path+".for"):
		c.errorf(path, "give it a for, e.g. for: 10s", "%s: %s needs for", path, st.Fault)
	}
	if g := c.s.System.Gateway; st.Fault == "corrupt-backup" && g != nil && g.Replication != "backup" && c.sound("system.gateway.replication") {
		c.errorf(path+".fault", "system.gateway: {replication: backup}", "%s: replication %s makes no backups to corrupt", path, g.Replication)
	}
	c.disk(st, path)
	c.secured(st, path)
	switch {
	case st.From != nil && !st.Kind.Peers:
		c.errorf(path+".from", "leave it out", "%s: %s takes no from", path, st.Fault)
	case st.From == nil && st.Fault == "partition" && c.sound(path+".from"):
		c.errorf(path, "from: {region: [...]} is the other side", "%s: a partition needs from", path)
	case st.From != nil && c.sound(path) && c.within(*st.From, st.On):
		c.errorf(path+".from", "choose instances outside of on", "%s: all of from is in on: there is no other side", path)
	}
}

// secured checks what a fault asks of the gateways' TLS.
func (c *checker) secured(st Step, path string) {
	g := c.s.System.Gateway
	if g == nil || !c.sound("system.gateway.tls", path+".on") {
		return
	}
	gateway := func(in instance) bool { return in.role == "gateway" && st.On.fits(in) }
	switch {
	case st.Fault == "certificate" && g.TLS == nil:
		c.errorf(path+".fault", "system.gateway: {tls: {}}", "%s: the gateways serve plain HTTP, without certificates", path)
	case slices.Contains([]string{"flood", "http-fail", "http-slow"}, st.Fault) && g.TLS != nil && slices.ContainsFunc(c.instances, gateway):
		c.errorf(path+".on", "role: api, behind them", "%s: %s speaks plain HTTP, and clients come to the gateways by HTTPS", path, st.Fault)
	}
}

// within says that every instance of one selection surely is in the other.
func (c *checker) within(inner, outer Selector) bool {
	if outer.Pick != "all" {
		return false
	}
	in, out := c.chosen(inner), c.chosen(outer)
	return len(in) > 0 && !slices.ContainsFunc(in, func(n instance) bool { return !slices.Contains(out, n) })
}

// overlaps finds steps that contradict each other on one target at one time.
func (c *checker) overlaps() {
	if !c.sound("system.gateway.regions", "system.gateway.routing") || c.broken("steps") {
		return
	}
	for i, a := range c.s.Steps {
		for j, b := range c.s.Steps[:i] {
			if a.Harms() && b.Harms() && together(a, b) && a.excludes(b) && c.sound(stepID(i), stepID(j)) && c.meet(a.On, b.On) {
				c.errorf(stepID(i), "let one end before the other begins, or choose other targets", "%s and %s contradict each other: %s and %s on the same instance at the same time", stepID(j), stepID(i), b.Fault, a.Fault)
			}
		}
	}
}

// together says that two steps share an instant. Those that are over at once
// have one.
func together(a, b Step) bool {
	const instant = Duration(time.Nanosecond)
	return a.At < b.At+max(b.For, instant) && b.At < a.At+max(a.For, instant)
}

func (st Step) excludes(other Step) bool {
	return st.Fault == other.Fault || slices.Contains(st.Kind.Excludes, other.Fault) || slices.Contains(other.Kind.Excludes, st.Fault)
}

// meet says whether two selections may share an instance.
func (c *checker) meet(a, b Selector) bool {
	return slices.ContainsFunc(c.instances, func(in instance) bool { return a.fits(in) && b.fits(in) })
}

// chosen are the instances that fit a selection, before its pick.
func (c *checker) chosen(sel Selector) []instance {
	var out []instance
	for _, in := range c.instances {
		if sel.fits(in) {
			out = append(out, in)
		}
	}
	return out
}

func (s Selector) fits(in instance) bool { return s.Match(in.name, in.region, in.role, nil) }

func stepID(i int) string { return fmt.Sprintf("steps[%d]", i) }
