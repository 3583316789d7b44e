package conformance

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// A system is one runtime under test.
type system struct {
	*testing.T
	ctx   context.Context
	r     runtimes.Runtime
	nodes []runtimes.Node
}

// up starts all nodes and returns the instances by name order.
func (s *system) up() []runtimes.Instance {
	s.Helper()
	starter := as[runtimes.Starter](s, s.r)
	if err := starter.Start(s.ctx, s.nodes); err != nil {
		s.Fatalf("Start: %v", err)
	}
	all, err := s.r.Instances(s.ctx)
	if err != nil {
		s.Fatalf("Instances: %v", err)
	}
	if len(all) != len(s.nodes) {
		s.Fatalf("Instances lists %d of %d", len(all), len(s.nodes))
	}
	return all
}

// as asserts an optional interface, or skips.
func as[T any](s *system, v any) T {
	s.Helper()
	offered, ok := v.(T)
	if !ok {
		s.Skipf("%T does not offer %T", v, (*T)(nil))
	}
	return offered
}

// must stops the test on an error, and skips what is not supported here.
func (s *system) must(err error, what string) {
	s.Helper()
	if errors.Is(err, runtimes.ErrUnsupported) {
		s.Skipf("%s: %v", what, err)
	}
	if err != nil {
		s.Fatalf("%s: %v", what, err)
	}
}

func (s *system) want(err, target error, what string) {
	s.Helper()
	if !errors.Is(err, target) {
		s.Errorf("%s: got error %v, want one that wraps %q", what, err, target)
	}
}

// await polls until the instance's status pleases.
func (s *system) await(in runtimes.Instance, what string, pleases func(runtimes.Status) bool) runtimes.Status {
	s.Helper()
	stater := as[runtimes.Stater](s, in)
	for end := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		st, err := stater.Status(s.ctx)
		s.must(err, "Status")
		if pleases(st) {
			return st
		}
		if time.Now().After(end) {
			s.Fatalf("%s is %+v, want %s", in.Node().Name, st, what)
		}
	}
}

func is(state runtimes.State) func(runtimes.Status) bool {
	return func(st runtimes.Status) bool { return st.State == state }
}

// stays checks that the state does not change for some backoffs.
func (s *system) stays(in runtimes.Instance, state runtimes.State) {
	s.Helper()
	stater := as[runtimes.Stater](s, in)
	for end := time.Now().Add(4*in.Node().Backoff + 50*time.Millisecond); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		st, err := stater.Status(s.ctx)
		s.must(err, "Status")
		if st.State != state {
			s.Fatalf("%s is %+v, want it to stay %s", in.Node().Name, st, state)
		}
	}
}

func names(all []runtimes.Instance) []string {
	var names []string
	for _, in := range all {
		names = append(names, in.Node().Name)
	}
	return names
}
