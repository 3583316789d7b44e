package scenarios

import (
	"reflect"

	"github.com/drillctl/drillctl/faults"
)

// Parse reads a scenario and reports every problem it finds, not just the first,
// in order of place. The scenario is nil when there is any. kinds are the faults
// that steps may name.
func Parse(file string, src []byte, kinds []faults.Kind) (*Scenario, []Problem) {
	d := &decoder{file: file, marks: map[string]mark{}, kinds: kinds}
	root, bad := document(src)
	if bad != nil {
		bad.File = file
		return nil, []Problem{*bad}
	}
	s := &Scenario{file: file, marks: d.marks}
	defaults(reflect.ValueOf(s).Elem())
	d.mapping(root, reflect.ValueOf(s).Elem(), "", nil)
	s.fill()
	problems := append(d.problems, s.check(d.doubts)...)
	if len(problems) > 0 {
		return nil, sortProblems(problems)
	}
	return s, nil
}

// fill sets the defaults that depend on other fields.
func (s *Scenario) fill() {
	if s.Load.Deadline == 0 {
		s.Load.Deadline = s.Load.Timeout
	}
	g := s.System.Gateway
	if g != nil && len(g.Regions) > 0 && s.Primary() == "" {
		g.Regions[0].Role = "primary"
	}
	if s.Hold == 0 {
		s.Hold = defaultHold
		if g != nil {
			s.Hold = max(s.Hold, 3*g.Health.Interval)
		}
	}
	if s.Settle == 0 {
		s.Settle = max(defaultSettle, s.Hold+s.Load.Timeout)
	}
}
