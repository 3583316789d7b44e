package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/fake"
)

// deadRun makes a run that died with two instances stopped and one killed.
func deadRun(t *testing.T) (rundir.Dir, *fake.Runtime) {
	t.Helper()
	rt := fake.New("run")
	t.Cleanup(func() { rt.Close() })
	nodes := []runtimes.Node{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	if err := rt.Start(t.Context(), nodes); err != nil {
		t.Fatal(err)
	}
	dir := testDir(t)
	j, err := journal.Open(dir.Path(rundir.Journal))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for name, kind := range map[string]string{"a": "stop", "b": "stop", "c": "kill"} {
		in, err := rt.Reopen(t.Context(), runtimes.Ref{Runtime: fake.Name, System: "run", ID: name})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Append(journal.Entry{ID: name, State: journal.Intent, Ref: in.Ref(), Kind: kind, Fault: json.RawMessage("{}")}); err != nil {
			t.Fatal(err)
		}
		if _, err := in.(runtimes.Killer).Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return dir, rt
}

func opener(rt runtimes.Runtime) Opener {
	return func(context.Context, runtimes.Ref) (runtimes.Runtime, error) { return rt, nil }
}

func states(t *testing.T, rt *fake.Runtime) map[string]runtimes.State {
	t.Helper()
	all, err := rt.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]runtimes.State{}
	for _, in := range all {
		s, err := in.(runtimes.Stater).Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out[in.Node().Name] = s.State
	}
	return out
}

func TestRecoverTakesEverythingBackOnce(t *testing.T) {
	dir, rt := deadRun(t)
	left, err := Outstanding(dir.Root)
	if err != nil || len(left) != 1 {
		t.Fatalf("outstanding %v (%v), want one run", left, err)
	}
	done, err := Recover(t.Context(), dir, opener(rt))
	if err != nil || len(done) != 3 {
		t.Fatalf("recovered %+v (%v), want three", done, err)
	}
	for name, s := range states(t, rt) {
		if s != runtimes.Running {
			t.Errorf("%s is %s", name, s)
		}
	}
	if again, err := Recover(t.Context(), dir, opener(rt)); err != nil || len(again) != 0 {
		t.Errorf("recovered again: %+v (%v)", again, err)
	}
	if left, err := Outstanding(dir.Root); err != nil || len(left) != 0 {
		t.Errorf("still outstanding: %v (%v)", left, err)
	}
}

func TestRecoverOfWhatIsGone(t *testing.T) {
	dir, _ := deadRun(t)
	gone := func(context.Context, runtimes.Ref) (runtimes.Runtime, error) { return nil, runtimes.ErrGone }
	done, err := Recover(t.Context(), dir, gone)
	if err != nil || len(done) != 3 || !done[0].Gone {
		t.Errorf("recovered %+v (%v), want three that are gone", done, err)
	}
}

// An instance that vanishes while its damage is taken back has none any more.
func TestRecoverOfWhatGoesMeanwhile(t *testing.T) {
	dir, rt := deadRun(t)
	rt.Script("b", fake.Start, fake.Outcome{Err: fmt.Errorf("start b: %w", runtimes.ErrGone)})
	done, err := Recover(t.Context(), dir, opener(rt))
	if err != nil || len(done) != 3 {
		t.Fatalf("recovered %+v (%v), want three", done, err)
	}
	for _, r := range done {
		if r.Gone != (r.Entry.ID == "b") {
			t.Errorf("%s: gone %t", r.Entry.ID, r.Gone)
		}
	}
	if left, err := Outstanding(dir.Root); err != nil || len(left) != 0 {
		t.Errorf("still outstanding: %v (%v)", left, err)
	}
}

func TestRecoverGoesOnAfterAFailure(t *testing.T) {
	dir, rt := deadRun(t)
	rt.Script("b", fake.Start, fake.Outcome{Err: errors.New("no power")})
	done, err := Recover(t.Context(), dir, opener(rt))
	if !errors.Is(err, ErrStuck) || len(done) != 3 {
		t.Fatalf("recovered %+v (%v), want one stuck of three", done, err)
	}
	if s := states(t, rt); s["a"] != runtimes.Running || s["c"] != runtimes.Running {
		t.Errorf("one failure kept the others down: %v", s)
	}
	if done, err := Recover(t.Context(), dir, opener(rt)); err != nil || len(done) != 1 {
		t.Errorf("second try: %+v (%v), want the one that was left", done, err)
	}
}

func TestARunThatGoesOnIsNotRecovered(t *testing.T) {
	dir, rt := deadRun(t)
	unlock, err := dir.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if left, err := Outstanding(dir.Root); err != nil || len(left) != 0 {
		t.Errorf("outstanding %v (%v), but the run goes on", left, err)
	}
	if _, err := Recover(t.Context(), dir, opener(rt)); !errors.Is(err, rundir.ErrLocked) {
		t.Errorf("recover of a run that goes on: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestPlanHitAndEnd(t *testing.T) {
	p := Plan{}
	p.Steps = []Step{{Targets: []string{"b", "a"}}, {Targets: []string{"a"}}}
	if got := p.Hit(); len(got) != 2 || got[0] != "a" {
		t.Errorf("hit %v", got)
	}
	p.Steps[0].Spec.At, p.Steps[0].Spec.For = 2*time.Second, 3*time.Second
	if p.End() != 5*time.Second {
		t.Errorf("end %s", p.End())
	}
}
