package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Bounds of a drill.
const (
	maxDrill = 2 * time.Hour
	maxSteps = 100
)

// A checker gathers what types alone do not show. It holds its tongue where a
// value that it would rest on is in doubt.
type checker struct {
	s         *Scenario
	doubts    []string
	problems  []Problem
	instances []instance // of the bundled system; none while its layout is in doubt
}

func (s *Scenario) check(doubts []string) []Problem {
	c := &checker{s: s, doubts: doubts}
	c.head()
	c.proves()
	c.length()
	c.detect()
	c.abort()
	c.system()
	if g := s.System.Gateway; g != nil && c.sound("system.gateway.regions", "system.gateway.routing") {
		c.instances = g.instances()
	}
	c.load()
	for i := range s.Steps {
		c.step(i)
	}
	c.overlaps()
	c.objectives()
	c.monitoring()
	c.regressions()
	c.drift()
	return c.problems
}

// errorf reports a problem at a path, or at the nearest one above that is
// written down.
func (c *checker) errorf(path, hint, format string, args ...any) {
	if c.broken(path) {
		return
	}
	m, ok := c.s.marks[path]
	for p := path; !ok && p != ""; {
		p = p[:max(0, strings.LastIndexAny(p, ".["))]
		m, ok = c.s.marks[p]
	}
	c.problems = append(c.problems, Problem{File: c.s.file, Line: max(1, m.line), Column: max(1, m.column), Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// ProblemAt is a problem of a value that shows only outside of the scenario, such as
// in a file that it names; it is at the value's place.
func (s *Scenario) ProblemAt(path, hint, message string) Problem {
	c := &checker{s: s}
	c.errorf(path, hint, "%s", message)
	return c.problems[0]
}

// broken says that the value of a path, or one above it, is in doubt.
func (c *checker) broken(path string) bool {
	return slices.ContainsFunc(c.doubts, func(d string) bool { return covers(d, path) })
}

// sound says that nothing of any path is in doubt, neither above nor below.
func (c *checker) sound(paths ...string) bool {
	return !slices.ContainsFunc(paths, func(p string) bool {
		return c.broken(p) || slices.ContainsFunc(c.doubts, func(d string) bool { return covers(p, d) })
	})
}

// covers says that path is outer or lies within it.
func covers(outer, path string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (outer == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// nameForm is that of drills, regionForm that of regions: they become parts of
// DNS names and of addresses.
var (
	nameForm   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$`)
	regionForm = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)
)

func (c *checker) head() {
	s := c.s
	if !nameForm.MatchString(s.Name) {
		c.errorf("name", "lower case letters, digits and hyphens, at most 48", "name: %q is not a name", clip(s.Name))
	}
	switch {
	case len(s.Steps) == 0:
		c.errorf("steps", "give at least one step", "steps: a drill without damage proves nothing")
	case !slices.ContainsFunc(s.Steps, Step.Harms) && c.sound("steps"):
		c.errorf("steps", "add a step with a fault", "steps: none does damage, so there is nothing to measure")
	case len(s.Steps) > maxSteps:
		c.errorf("steps", fmt.Sprintf("at most %d; make several drills of it", maxSteps), "steps: %d are too many", len(s.Steps))
		c.doubts = append(c.doubts, "steps")
	}
	if s.Steady.Success <= 0 {
		c.errorf("steady.success", "99% or more is usual", "steady.success: 0%% is no condition")
	}
}

// proves checks that the bugs a drill must see can be switched on, and are not
// on anyway.
func (c *checker) proves() {
	p, g := c.s.Proves, c.s.System.Gateway
	switch {
	case p == nil || !c.sound("system", "proves"):
	case g == nil:
		c.errorf("proves.fails-with", "leave the key out", "proves.fails-with: only the bundled system has bugs to switch on")
	default:
		for _, b := range p.FailsWith {
			if slices.Contains(g.Bugs, b) {
				c.errorf("proves.fails-with", "take it out of system.gateway.bugs", "proves.fails-with: %s is on in every run of this drill", b)
			}
		}
	}
}

// length checks the times that make up the drill.
func (c *checker) length() {
	s := c.s
	if total := s.Steady.For.std() + s.end() + s.Settle.std(); total > maxDrill && c.sound("steps", "steady.for", "settle") {
		c.errorf("steps", fmt.Sprintf("at most %s", Duration(maxDrill)), "the drill would last %s", Duration(total))
	}
	if need := s.Hold + s.Load.Timeout; s.Settle < need && c.sound("hold", "load.timeout") {
		c.errorf("settle", fmt.Sprintf("at least %s", need), "settle: %s is too short to see hold (%s) and a timeout (%s) through", s.Settle, s.Hold, s.Load.Timeout)
	}
}

// end is when the last step is over, from the start of the fault phase.
func (s *Scenario) end() time.Duration {
	var end time.Duration
	for _, st := range s.Steps {
		end = max(end, st.At.std()+st.For.std())
	}
	return end
}

func (c *checker) detect() {
	d := c.s.Detect
	if d.Down <= 0 {
		c.errorf("detect.down", "", "detect.down: at 0%% everything would be an outage")
	}
	if d.Up >= d.Down && c.sound("detect") {
		c.errorf("detect.up", fmt.Sprintf("less than %s", d.Down), "detect.up: %s is not below detect.down (%s): down and up would be the same", d.Up, d.Down)
	}
	if d.Window > c.s.Hold && c.sound("hold") {
		c.errorf("detect.window", fmt.Sprintf("at most %s, the hold", c.s.Hold), "detect.window: %s is longer than hold", d.Window)
	}
}

func (c *checker) abort() {
	a := c.s.AbortIf
	if a == nil {
		return
	}
	if a.Success <= 0 {
		c.errorf("abort-if.success", `e.g. "< 5%"`, "abort-if.success: nothing is below 0%%")
	}
	if left := c.s.end() + c.s.Settle.std(); a.For.std() >= left && c.sound("steps", "settle") {
		c.errorf("abort-if.for", fmt.Sprintf("less than %s", Duration(left)), "abort-if.for: the drill is over before %s have passed", a.For)
	}
}
