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
