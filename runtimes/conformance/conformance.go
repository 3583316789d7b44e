// Package conformance says what the interfaces of package runtimes mean, as
// tests. Every runtime must pass it; acts that a runtime does not offer are
// skipped with a reason.
//
//	func TestMain(m *testing.M) {
//		if code, ok := conformance.Main(os.Args[1:]); ok {
//			os.Exit(code)
//		}
//		os.Exit(m.Run())
//	}
package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// limit is how long any one thing may take on a slow machine.
const limit = time.Minute

// A Factory makes a runtime that has started nothing, and at least two nodes
// made by [Node] that are not in the order of their names.
type Factory func(t *testing.T) (runtimes.Runtime, []runtimes.Node)

// Run tests the runtimes that make makes.
func Run(t *testing.T, make Factory) {
	for _, test := range []struct {
		name string
		run  func(*system)
	}{
		{"Lists", lists}, {"Reopens", reopens}, {"StartFails", startFails},
		{"KillKeepsDown", killKeepsDown}, {"CrashRestarts", crashRestarts}, {"EndRestarts", endRestarts},
		{"StopStart", stopStart}, {"Pause", pause}, {"DownActs", downActs},
		{"CutPower", cutPower}, {"Logs", logs}, {"Watch", watch},
		{"RunInNet", runInNet}, {"RunInNetEndsWithContext", runInNetContext}, {"RunInNetIsKilled", runInNetKilled},
		{"Dial", dial}, {"DiskIsKept", disk}, {"Close", closes},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, nodes := make(t)
			t.Cleanup(func() {
				if err := r.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 3*limit)
			t.Cleanup(cancel)
			test.run(&system{t, ctx, r, nodes})
		})
	}
}

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

func lists(s *system) {
	if all, err := s.r.Instances(s.ctx); !errors.Is(err, runtimes.ErrNoInstance) || len(all) != 0 {
		s.Errorf("Instances of an empty system: %d and %v, want ErrNoInstance", len(all), err)
	}
	all := s.up()
	if got := names(all); !slices.IsSorted(got) {
		s.Errorf("instances are not sorted by name: %v", got)
	}
	for _, in := range all {
		i := slices.IndexFunc(s.nodes, func(n runtimes.Node) bool { return n.Name == in.Node().Name })
		if i < 0 {
			s.Fatalf("%s was never started", in.Node().Name)
		}
		if fmt.Sprint(in.Node()) != fmt.Sprint(s.nodes[i]) {
			s.Errorf("node\n%v came back as\n%v", s.nodes[i], in.Node())
		}
		s.await(in, "running", is(runtimes.Running))
	}
}

func reopens(s *system) {
	in := s.up()[0]
	again, err := s.r.Reopen(s.ctx, in.Ref())
	s.must(err, "Reopen")
	if again.Ref() != in.Ref() || again.Node().Name != in.Node().Name {
		s.Errorf("Reopen found %v, want %v", again.Ref(), in.Ref())
	}
	for _, change := range []func(*runtimes.Ref){
		func(r *runtimes.Ref) { r.System += "-other" },
		func(r *runtimes.Ref) { r.ID += "-other" },
		func(r *runtimes.Ref) { r.Runtime += "-other" },
	} {
		ref := in.Ref()
		change(&ref)
		_, err := s.r.Reopen(s.ctx, ref)
		s.want(err, runtimes.ErrGone, fmt.Sprintf("Reopen(%v)", ref))
	}
}

func closes(s *system) {
	in := s.up()[0]
	ref := in.Ref()
	for range 2 {
		if err := s.r.Close(); err != nil {
			s.Fatalf("Close: %v", err)
		}
	}
	_, err := s.r.Reopen(s.ctx, ref)
	s.want(err, runtimes.ErrGone, "Reopen after Close")
	_, err = s.r.Instances(s.ctx)
	s.want(err, runtimes.ErrGone, "Instances after Close")
	_, err = as[runtimes.Stater](s, in).Status(s.ctx)
	s.want(err, runtimes.ErrGone, "Status after Close")
	_, err = as[runtimes.Killer](s, in).Kill(s.ctx)
	s.want(err, runtimes.ErrGone, "Kill after Close")
}
