package scenarios

import (
	"fmt"
	"math"
	"slices"

	"github.com/drillctl/drillctl/drill"
)

// objectives refuses targets that nothing can measure, or not finely enough
// (measuring.md 1.5: refuse a scenario whose rate cannot resolve its own
// objective).
func (c *checker) objectives() {
	all := c.s.objectives()
	asks := func(o drill.Objective) bool { return o.Metric != drill.MetricDrift } // that one needs no drill
	if !slices.ContainsFunc(all, asks) && c.sound("objectives") {
		c.errorf("objectives", "e.g. rto: 10s", "objectives: a drill that asks nothing cannot pass")
	}
	for _, o := range all {
		if asksOne(o) { // see monitoring and originTargets
			continue
		}
		path := "objectives." + o.ID
		if why, hint := c.unmeasurable(o); why != "" {
			c.errorf(path, hint, "%s: nothing measures it: %s", path, why)
		} else if why, hint := c.coarse(o); why != "" {
			c.errorf(path, hint, "%s: %s", path, why)
		}
	}
	c.originTargets()
	if b := c.s.Objectives.Budget; b != nil && (b.SLO <= 0 || b.SLO >= 1) {
		c.errorf("objectives.error-budget.slo", "e.g. 99.9%", "objectives.error-budget.slo: %s leaves no error budget to spend", b.SLO)
	}
}

// unmeasurable says why no reading can answer an objective, "" if one can.
func (c *checker) unmeasurable(o drill.Objective) (why, hint string) {
	is := func(of ...string) bool { return slices.Contains(of, o.Metric) }
	if is(drill.MetricRPA, drill.MetricLostWrites, drill.MetricStale, drill.MetricSplitBrain) && c.s.Load.Writes <= 0 && c.sound("load.writes") {
		return "the load writes nothing", "load: {writes: 50/s} numbers writes and reconciles them"
	}
	if is(drill.MetricAbort) && c.s.AbortIf == nil && c.sound("abort-if") {
		return "nothing aborts the drill", `abort-if: {success: "< 20%", for: 2s}`
	}
	if is(drill.MetricDeclared) && c.sound("steps") && !slices.ContainsFunc(c.s.Steps, Step.declares) {
		return "no step declares the disaster", "a confirm step does, and so does an action with declares: true"
	}
	if is(drill.MetricLetIn) && c.s.Load.Intruders <= 0 && c.sound("load.intruders") {
		return "nobody tries to get in", "load: {intruders: 5/s} sends forged tokens"
	}
	if g := c.s.System.Gateway; is(drill.MetricRefused) && (g == nil || g.Tokens == nil) && c.sound("system") {
		return "clients show no tokens", "system: {gateway: {tokens: {}}}"
	}
	if c.s.System.own() {
		return c.unmeasurableOwn(is)
	}
	g := c.s.System.Gateway
	if g == nil || !c.sound("system.gateway.regions", "steps") {
		return "", ""
	}
	if is(drill.MetricSplitBrain) && len(g.Regions) == 1 {
		return "one region has one leader", "give the system three regions"
	}
	if is(drill.MetricShift, drill.MetricFailback, drill.MetricFailbackEED, drill.MetricOvershoot) {
		return c.needsLoss(o.Metric == drill.MetricOvershoot)
	}
	return "", ""
}

// unmeasurableOwn is for systems of which only the answers are seen.
func (c *checker) unmeasurableOwn(is func(...string) bool) (why, hint string) {
	u := c.s.System.Reach()
	switch {
	case !c.sound("system", "steps"):
	case is(drill.MetricDetect):
		return "the system tells drillctl nothing of itself", "rto and failover are seen from outside"
	case is(drill.MetricSplitBrain) && (u.ServedBy.Leader == "" || u.ServedBy.Epoch == ""):
		return "answers do not say who stored a write", "served-by: {leader: X-Leader, epoch: X-Epoch} of the system names the headers"
	case is(drill.MetricFailback, drill.MetricFailbackEED, drill.MetricOvershoot) && u.ServedBy.Region == "":
		return "answers do not say which region they are from", "served-by: {region: X-Region} of the system names the header"
	case is(drill.MetricFailback, drill.MetricFailbackEED, drill.MetricOvershoot) && !slices.ContainsFunc(c.s.Steps, Step.TakesRegion):
		return "no step takes a region away", "on: {region: ...} says which region goes away"
	case is(drill.MetricStale) && (c.s.Load.Read == nil || c.s.Load.Read.Missing == 0):
		return "no read tells that a record is missing", "load.read: {path: '/orders/{{.ID}}', missing: 404}"
	}
	return "", ""
}

// needsLoss asks for a step that takes a whole region away: for fail-back the
// one that serves first, since the others carry nothing that could come back, or
// that others could take over;
// for overshoot another, since only survivors with a baseline can exceed it.
func (c *checker) needsLoss(overshoot bool) (why, hint string) {
	taken := map[string]bool{}
	for _, st := range c.s.Steps {
		for _, r := range st.On.Region {
			taken[r] = taken[r] || st.TakesRegion()
		}
	}
	primary := c.s.Primary()
	switch {
	case !slices.ContainsFunc(c.s.Steps, Step.TakesRegion):
		return "no step takes a region away", "add a step on all of a region, like blackhole or power-loss"
	case overshoot && taken[primary]:
		return "no survivor serves anything before the fault", "only the primary region carries traffic until then"
	case !overshoot && !taken[primary]:
		return "no region that serves goes away", fmt.Sprintf("take %s away, the primary", primary)
	}
	return "", ""
}

// coarse says why a target lies below what this load and drill can tell apart.
func (c *checker) coarse(o drill.Objective) (why, hint string) {
	if !c.sound("load.rate", "load.writes") || c.s.Load.Rate <= 0 {
		return "", ""
	}
	reads, writes := 1/float64(c.s.Load.Rate), 0.0
	if c.s.Load.Writes > 0 {
		writes = 1 / float64(c.s.Load.Writes)
	}
	switch o.Metric {
	case drill.MetricRTA, drill.MetricDeclared, drill.MetricFailover, drill.MetricShift, drill.MetricDowntime:
		return coarseTime(o.Target, max(reads, writes), "load.rate and load.writes")
	case drill.MetricAbort:
		if a := c.s.AbortIf; a != nil && c.sound("abort-if", "load.timeout") && o.Target <= (a.For+c.s.Load.Timeout).std().Seconds() {
			return fmt.Sprintf("abort-if waits for %s, and for the last answers of that time %s more", a.For, c.s.Load.Timeout), "a longer target, or a shorter abort-if.for"
		}
	case drill.MetricRPA:
		if o.Target > 0 { // 0 asks that nothing is lost, which is counted
			return coarseTime(o.Target, writes, "load.writes")
		}
	case drill.MetricFailback:
		if o.Target < 2 {
			return fmt.Sprintf("it is looked at second by second: too coarse for a target of %.2g s", o.Target), "at least 2s"
		}
	case drill.MetricTimeAvail:
		return c.coarseShare(o.Target, max(reads, writes))
	case drill.MetricAvailability:
		return c.fewRequests(o.Target)
	}
	return "", ""
}

// coarseTime refuses a resolution of more than half of the target.
func coarseTime(target, slot float64, rates string) (why, hint string) {
	switch {
	case target == 0:
		return "no measurement can show a time of 0: its resolution is never 0", "give it a time"
	case slot > target/2:
		return fmt.Sprintf("one slot of the load is %.2g s: too coarse for a target of %.2g s", slot, target), fmt.Sprintf("%s of at least %.0f/s, or a longer target", rates, math.Ceil(2/target))
	}
	return "", ""
}

// watched are the seconds from the first step to the end.
func (c *checker) watched() float64 {
	if !c.sound("steps", "settle") || len(c.s.Steps) == 0 {
		return 0
	}
	first := Duration(maxDrill)
	for _, st := range c.s.Steps {
		if st.Harms() {
			first = min(first, st.At)
		}
	}
	return (c.s.end() - first.std() + c.s.Settle.std()).Seconds()
}

func (c *checker) coarseShare(target, slot float64) (why, hint string) {
	window := c.watched()
	if window > 0 && slot/window > (1-target)/2 {
		return fmt.Sprintf("one slot of %.2g s in %.3g s is %.2g%%: too coarse for a target of %s", slot, window, 100*slot/window, Percent(target)), "raise the rates, or lower the target"
	}
	return "", ""
}

// fewRequests refuses a target that a single bad request would miss, unless
// that is what is asked.
func (c *checker) fewRequests(target float64) (why, hint string) { return c.fewOf(target, 1) }

// fewOf is that for a share of the load.
func (c *checker) fewOf(target, share float64) (why, hint string) {
	n := share * float64(c.s.Load.Rate+c.s.Load.Writes) * c.watched()
	if n > 0 && target < 1 && 1/n > 1-target {
		return fmt.Sprintf("%.0f requests cannot tell %s from 100%%", n, Percent(target)), "raise the rates, or ask for 100%"
	}
	return "", ""
}
