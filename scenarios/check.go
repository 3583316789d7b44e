package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
)

// Bounds of a drill.
const (
	maxDrill = 2 * time.Hour
	minHold  = 30 * time.Second
)

// fill sets the defaults that depend on other fields.
func (s *Scenario) fill() {
	if s.Load.Deadline == 0 {
		s.Load.Deadline = s.Load.Timeout
	}
	if g := s.System.Gateway; g != nil && len(g.Regions) > 0 && s.Primary() == "" {
		g.Regions[0].Role = "primary"
	}
	if s.Hold == 0 {
		s.Hold = Duration(minHold)
		if g := s.System.Gateway; g != nil {
			s.Hold = max(s.Hold, 3*g.Health.Interval)
		}
	}
}

// A checker gathers what types alone do not show.
type checker struct {
	s        *Scenario
	problems []Problem
}

func (s *Scenario) check() []Problem {
	c := &checker{s: s}
	c.head()
	c.system()
	c.load()
	for i := range s.Steps {
		c.step(i)
	}
	c.overlaps()
	c.objectives()
	return c.problems
}

func (c *checker) errorf(path, hint, format string, args ...any) {
	m, ok := c.s.marks[path]
	for p := path; !ok && p != ""; {
		i := strings.LastIndexAny(p, ".[")
		p = p[:max(i, 0)]
		m, ok = c.s.marks[p]
	}
	c.problems = append(c.problems, Problem{File: c.s.file, Line: max(1, m.line), Column: max(1, m.column), Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$`)

func (c *checker) head() {
	if !nameForm.MatchString(c.s.Name) {
		c.errorf("name", "lower case letters, digits and hyphens, at most 48", "name: %q is not a name", clip(c.s.Name))
	}
	if len(c.s.Steps) == 0 {
		c.errorf("steps", "give at least one step", "steps: a drill without damage proves nothing")
	}
	if c.s.Steady.For.std() < time.Second {
		c.errorf("steady.for", "at least 1s", "steady.for: %s is too short for a baseline", c.s.Steady.For)
	}
	if c.s.Hold.std() < time.Second {
		c.errorf("hold", "at least 1s", "hold: %s is too short to call anything recovered", c.s.Hold)
	}
	var end time.Duration
	for _, st := range c.s.Steps {
		end = max(end, st.At.std()+st.For.std())
	}
	if total := c.s.Steady.For.std() + end + c.s.Settle.std(); total > maxDrill {
		c.errorf("steps", "", "the drill would last %s; at most %s", total, maxDrill)
	}
	if need := c.s.Hold.std() + c.s.Load.Timeout.std(); c.s.Settle.std() < need {
		c.errorf("settle", fmt.Sprintf("at least %s", need), "settle: %s is too short to see hold (%s) and timeout (%s) through", c.s.Settle, c.s.Hold, c.s.Load.Timeout)
	}
}

func (c *checker) system() {
	g := c.s.System.Gateway
	if g == nil {
		c.errorf("system", "gateway: {regions: ...} is the bundled one", "system: nothing is given to drill")
		return
	}
	if len(g.Regions) == 0 {
		c.errorf("system.gateway.regions", "write it like us-east: {role: primary}", "system.gateway.regions is missing")
	}
	primaries := 0
	for _, r := range g.Regions {
		if r.Role == "primary" {
			primaries++
		}
		if !nameForm.MatchString(r.Name) || r.Name == "client" || r.Name == "edge" {
			c.errorf("system.gateway.regions."+r.Name, "lower case letters, digits and hyphens; not client or edge", "region %q cannot be called that", clip(r.Name))
		}
	}
	if primaries > 1 {
		c.errorf("system.gateway.regions", "", "system.gateway.regions: %d primaries; exactly one serves first", primaries)
	}
	if len(g.Regions) > 9 {
		c.errorf("system.gateway.regions", "", "system.gateway.regions: %d regions; at most 9", len(g.Regions))
	}
	if len(g.Regions) == 2 {
		c.errorf("system.gateway.regions", "add a third region: two cannot tell loss from partition", "system.gateway.regions: two regions have no majority, so the store could never fail over")
	}
	if g.Health.Timeout > g.Health.Interval {
		c.errorf("system.gateway.health.timeout", "", "system.gateway.health: timeout %s is longer than interval %s", g.Health.Timeout, g.Health.Interval)
	}
	if g.TTL.std()%time.Second != 0 {
		c.errorf("system.gateway.ttl", "DNS counts in whole seconds", "system.gateway.ttl: %s is not whole seconds", g.TTL)
	}
}

func (c *checker) load() {
	l := c.s.Load
	if l.Rate <= 0 {
		c.errorf("load.rate", "write it like 300/s", "load.rate: a drill without load measures nothing")
	}
	if l.Timeout < l.Deadline {
		c.errorf("load.timeout", "", "load: timeout %s is shorter than deadline %s", l.Timeout, l.Deadline)
	}
	if l.Timeout.std() < 10*time.Millisecond || l.Timeout.std() > time.Minute {
		c.errorf("load.timeout", "1s or 2s is usual", "load.timeout: %s is out of bounds; 10ms to 1m", l.Timeout)
	}
}

func (c *checker) step(i int) {
	st, path := c.s.Steps[i], stepID(i)
	switch {
	case st.Kind.Instant && st.For > 0:
		c.errorf(path+".for", "leave it out", "%s: %s is over at once and takes no for", path, st.Fault)
	case !st.Kind.Instant && st.For == 0:
		c.errorf(path, "give it a for, e.g. for: 10s", "%s: %s needs for", path, st.Fault)
	}
	if st.From != nil && !st.Kind.Peers {
		c.errorf(path+".from", "leave it out", "%s: %s takes no from", path, st.Fault)
	}
	if st.Kind.Name == "partition" && st.From == nil {
		c.errorf(path, "from: {region: [...]} is the other side", "%s: a partition needs from", path)
	}
	c.selector(path+".on", st.On)
	if st.From != nil {
		c.selector(path+".from", *st.From)
	}
	if ch, ok := st.Damage.(faults.Checker); ok {
		problems := ch.Check()
		for _, key := range sortedKeys(problems) {
			c.errorf(path+"."+key, "", "%s.%s: %s", path, key, problems[key])
		}
	}
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// selector asks whether a selection can match the bundled system at all.
func (c *checker) selector(path string, sel Selector) {
	g := c.s.System.Gateway
	if g == nil {
		return
	}
	if len(sel.Region)+len(sel.Role)+len(sel.Service)+len(sel.Name)+len(sel.Label) == 0 {
		c.errorf(path, "give a region, role or name", "%s selects nothing in particular", path)
		return
	}
	var regions, names []string
	for _, r := range g.Regions {
		regions = append(regions, r.Name)
	}
	all := g.instances()
	for _, in := range all {
		names = append(names, in.name)
	}
	c.among(path+".region", sel.Region, regions)
	c.among(path+".role", sel.Role, roles(g))
	c.among(path+".service", sel.Service, roles(g))
	c.among(path+".name", sel.Name, names)
	n := 0
	for _, in := range all {
		if sel.Match(in.name, in.region, in.role, nil) {
			n++
		}
	}
	if n == 0 && len(c.problems) == 0 {
		c.errorf(path, "", "%s matches no instance", path)
		return
	}
	if want, err := strconv.Atoi(sel.Pick); err == nil && want > n && n > 0 {
		c.errorf(path+".pick", "", "%s.pick: %d of %d", path, want, n)
	}
	if !pickForm.MatchString(sel.Pick) {
		c.errorf(path+".pick", "one, minority, majority, all, a number or a percentage", "%s.pick: %q is not a choice", path, clip(sel.Pick))
	}
}

var pickForm = regexp.MustCompile(`^(one|minority|majority|all|[1-9][0-9]{0,5}|(100|[1-9]?[0-9](\.[0-9]+)?)%)$`)

func (c *checker) among(path string, words, known []string) {
	for _, w := range words {
		if !slices.Contains(known, w) {
			c.errorf(path, suggest(w, known), "%s: there is no %q", path, clip(w))
		}
	}
}

// overlaps finds steps that contradict each other on one target at one time.
func (c *checker) overlaps() {
	for i, a := range c.s.Steps {
		for j, b := range c.s.Steps[:i] {
			together := a.At < b.At+b.For && b.At < a.At+a.For
			clash := a.Fault == b.Fault || slices.Contains(a.Kind.Excludes, b.Fault) || slices.Contains(b.Kind.Excludes, a.Fault)
			if together && clash && c.meet(a.On, b.On) {
				c.errorf(stepID(i), "let one end before the other begins, or choose other targets", "%s and %s contradict each other: %s and %s on the same instance at the same time", stepID(j), stepID(i), b.Fault, a.Fault)
			}
		}
	}
}

// meet says whether two selections may share an instance.
func (c *checker) meet(a, b Selector) bool {
	g := c.s.System.Gateway
	if g == nil {
		return false
	}
	for _, in := range g.instances() {
		if a.Match(in.name, in.region, in.role, nil) && b.Match(in.name, in.region, in.role, nil) {
			return true
		}
	}
	return false
}

var needWrites = []string{drill.MetricRPA, drill.MetricLostWrites, drill.MetricStale, drill.MetricSplitBrain}

// objectives refuses targets that nothing can measure, or not finely enough.
func (c *checker) objectives() {
	all := c.s.objectives()
	if len(all) == 0 {
		c.errorf("objectives", "e.g. rto: 10s", "objectives: a drill that asks nothing cannot pass")
	}
	slot := 0.0
	if c.s.Load.Rate > 0 {
		slot = 1 / float64(c.s.Load.Rate)
	}
	if c.s.Load.Writes > 0 {
		slot = max(slot, 1/float64(c.s.Load.Writes))
	}
	for _, o := range all {
		path := "objectives." + o.ID
		if slices.Contains(needWrites, o.Metric) && c.s.Load.Writes <= 0 {
			c.errorf(path, "load: {writes: 50/s} numbers writes and reconciles them", "%s: nothing measures it: the load writes nothing", path)
		}
		if (o.Metric == drill.MetricFailback || o.Metric == drill.MetricFailbackEED || o.Metric == drill.MetricOvershoot) && !c.takesRegion() {
			c.errorf(path, "it needs a step that takes a whole region away", "%s: nothing measures it: no step takes a region away", path)
		}
		edge := o.Metric == drill.MetricRTA || o.Metric == drill.MetricFailover || o.Metric == drill.MetricDowntime
		if edge && o.Target > 0 && slot > o.Target/2 {
			c.errorf(path, fmt.Sprintf("raise the rates to %.0f/s at least", 2/o.Target+1), "%s: one slot of the load is %.2g s: too coarse for a target of %.2g s", path, slot, o.Target)
		}
	}
}

// takesRegion says whether some step cuts off or ends all of a region.
func (c *checker) takesRegion() bool {
	return slices.ContainsFunc(c.s.Steps, Step.TakesRegion)
}
