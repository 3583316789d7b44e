package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/hooks"
	"github.com/drillctl/drillctl/cmd/outputs"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
)

// A fakeSuite runs the short scenario under names that say how each ends.
type fakeSuite struct {
	*suite
	out, errs bytes.Buffer
	mu        sync.Mutex
	ran       []string
	now, most int
	settled   int
}

func newFakeSuite(t *testing.T, o Options, names ...string) *fakeSuite {
	t.Helper()
	f := &fakeSuite{}
	env := terminal.Env{In: new(bytes.Buffer), Out: &f.out, Err: &f.errs, Getenv: func(string) string { return "" }, Width: func() int { return 100 }}
	var drills []source.Drill
	for _, name := range names {
		sc, src, err := source.Load(env, "../../testdata/scenarios/short.yaml")
		if err != nil {
			t.Fatal(err)
		}
		sc.Name = name
		drills = append(drills, source.Drill{Name: name + ".yaml", Scenario: sc, Source: src})
	}
	set := settings.Bind(new(cobra.Command), subject.RuntimeNames())
	o.Parallel, o.Trials = max(1, o.Parallel), max(1, o.Trials)
	s, err := newSuite(env, set, o, drills)
	if err != nil {
		t.Fatal(err)
	}
	s.execute = f.fake
	f.suite = s
	return f
}

func (f *fakeSuite) fake(_ context.Context, env terminal.Env, u unit) result {
	name := f.entries[u.drill].Scenario.Name
	f.mu.Lock()
	f.ran = append(f.ran, name)
	f.now++
	f.most = max(f.most, f.now)
	f.mu.Unlock()
	fmt.Fprintln(env.Err, "going on")
	time.Sleep(time.Second)
	f.mu.Lock()
	f.now--
	f.mu.Unlock()
	rec := drill.Record{Schema: drill.RecordSchema, RunID: "run-of-" + name, Seed: u.seed, Outcome: runner.Completed, Cleanup: drill.Cleanup{Verified: true}}
	switch kind, _, _ := strings.Cut(name, "-"); kind {
	case "pass":
		rec.Verdict = drill.Pass
	case "fail":
		rec.Verdict = drill.Fail
	case "unsure":
		rec.Verdict = drill.Inconclusive
	case "interrupted":
		rec.Verdict, rec.Outcome = drill.Inconclusive, runner.Interrupted
	case "cannot":
		return result{err: fmt.Errorf("%w: no namespaces", runner.ErrCannotRun)}
	case "broken":
		rec.Verdict, rec.Cleanup.Verified = drill.Inconclusive, false
		return result{rec: rec, err: fmt.Errorf("%w: it is still there", runner.ErrStuck)}
	}
	return result{rec: rec, settle: func(*result) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.settled++
		return nil
	}}
}

func (f *fakeSuite) end(t *testing.T, o outputs.Options) (int, error) {
	t.Helper()
	if o.Output == "" {
		o.Output = "table"
	}
	outs, err := o.Parse()
	if err != nil {
		t.Fatal(err)
	}
	err = f.tell(outs, time.Now())
	return exit.Code(err), err
}

func TestSuiteExitAndWhatRan(t *testing.T) {
	for _, c := range []struct {
		name     string
		names    string
		failFast bool
		exit     int
		ran      string
	}{
		{"all pass", "pass-a pass-b", false, 0, "pass-a pass-b"},
		{"one missed, the others go on", "fail-a pass-b", false, 1, "fail-a pass-b"},
		{"a miss is worse than what could not run", "cannot-a fail-b pass-c", false, 1, "cannot-a fail-b pass-c"},
		{"could not run is worse than inconclusive", "unsure-a cannot-b pass-c", false, 4, "unsure-a cannot-b pass-c"},
		{"inconclusive is no pass", "pass-a unsure-b", false, 3, "pass-a unsure-b"},
		{"broken ends the suite and beats all", "fail-a broken-b pass-c", false, 5, "fail-a broken-b"},
		{"interrupted beats a miss", "fail-a interrupted-b", false, 130, "fail-a interrupted-b"},
		{"fail-fast ends at a miss", "pass-a fail-b pass-c", true, 1, "pass-a fail-b"},
		{"fail-fast ends at inconclusive", "unsure-a fail-b", true, 3, "unsure-a"},
		{"fail-fast and all pass", "pass-a pass-b", true, 0, "pass-a pass-b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeSuite(t, Options{FailFast: c.failFast}, strings.Fields(c.names)...)
				f.run(t.Context())
				got, err := f.end(t, outputs.Options{})
				if got != c.exit {
					t.Errorf("exit %d (%v), want %d", got, err, c.exit)
				}
				if ran := strings.Join(f.ran, " "); ran != c.ran {
					t.Errorf("ran %s, want %s", ran, c.ran)
				}
				for _, name := range strings.Fields(c.names) {
					if !strings.Contains(f.out.String(), name) {
						t.Errorf("the table does not tell of %s:\n%s", name, &f.out)
					}
				}
			})
		})
	}
}

// What was not started keeps a suite from passing, in every way to ask.
func TestSuiteInterruptedBetweenDrills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		f := newFakeSuite(t, Options{}, "pass-a", "pass-b")
		inner := f.execute
		f.execute = func(ctx context.Context, env terminal.Env, u unit) result {
			defer cancel(runner.ErrInterrupted)
			return inner(ctx, env, u)
		}
		f.run(ctx)
		code, _ := f.end(t, outputs.Options{})
		sum := f.summary(time.Now())
		if code == exit.Passed || sum.Verdict == drill.Pass || sum.Drills[1].Skipped == "" || len(f.ran) != 1 {
			t.Errorf("exit %d, %s, drills %+v", code, sum.Verdict, sum.Drills)
		}
		if code != exit.Interrupted {
			t.Errorf("exit %d, want %d", code, exit.Interrupted)
		}
	})
}

func TestSuiteInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSuite(t, Options{Parallel: 3}, "pass-a", "pass-b", "pass-c", "pass-d", "fail-e")
		began := time.Now()
		f.run(t.Context())
		if took := time.Since(began); took != 2*time.Second || f.most != 3 {
			t.Errorf("took %s with %d at once, want 2s with 3", took, f.most)
		}
		if code, _ := f.end(t, outputs.Options{}); code != exit.Missed {
			t.Errorf("exit %d", code)
		}
		for _, want := range []string{"warning: 3 drills at the same time", "pass-d  going on\n"} {
			if !strings.Contains(f.errs.String(), want) {
				t.Errorf("stderr has no %q:\n%s", want, &f.errs)
			}
		}
	})
}

// One drill is told as before there were suites: by its record.
func TestSuiteOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSuite(t, Options{}, "pass-a")
		f.run(t.Context())
		code, _ := f.end(t, outputs.Options{Output: "json", Chosen: true})
		if code != exit.Passed || !strings.Contains(f.out.String(), drill.RecordSchema) {
			t.Errorf("exit %d:\n%s", code, &f.out)
		}
	})
}

// A drill that could not run is an error where CI looks for results, and nothing of
// the run before is left there.
func TestWhatDidNotRunIsInTheFiles(t *testing.T) {
	dir := t.TempDir()
	junit, metrics := filepath.Join(dir, "junit.xml"), filepath.Join(dir, "metrics.txt")
	o := outputs.Options{Output: "table", Reports: []string{"junit=" + junit, "openmetrics=" + metrics, "html=" + filepath.Join(dir, "x.html")}}
	stale := func() []outputs.Output {
		t.Helper()
		if err := os.WriteFile(junit, []byte("<testsuites><!-- all was well --></testsuites>"), 0o644); err != nil {
			t.Fatal(err)
		}
		outs, err := o.Parse()
		if err != nil {
			t.Fatal(err)
		}
		return outs
	}
	holds := func(path, want string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || !strings.Contains(string(got), want) || strings.Contains(string(got), "all was well") {
			t.Errorf("%s lacks %q: %s %v", path, want, got, err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSuite(t, Options{}, "cannot-a")
		f.run(t.Context())
		if err := f.tell(stale(), time.Now()); exit.Code(err) != exit.CannotRun || f.out.Len() > 0 {
			t.Errorf("ended with %v, and printed %q", err, &f.out)
		}
		holds(junit, `<error type="error" message="could not run`)
		holds(metrics, `drillctl_drill_verdict{scenario="cannot-a",verdict="inconclusive"} 1.0`)
	})
	f := newFakeSuite(t, Options{}, "pass-a", "pass-b")
	if err := f.refuse(stale(), time.Now(), exit.Usagef("make some", "no namespaces\nhere")); exit.Code(err) != exit.Usage || len(f.ran) > 0 {
		t.Errorf("ended with %v after %v", err, f.ran)
	}
	holds(junit, `message="not started: no namespaces; here"`)
	holds(junit, `tests="4" failures="0" errors="2"`)
}

func TestSuiteSeeds(t *testing.T) {
	fixed := uint64(7)
	f := newFakeSuite(t, Options{Seed: &fixed}, "pass-a", "pass-b")
	for _, u := range f.units {
		if u.seed != fixed {
			t.Errorf("unit %+v, want seed %d", u, fixed)
		}
	}
	f = newFakeSuite(t, Options{}, "pass-a", "pass-b")
	f.entries[0].Scenario.Seed = &fixed
	if a, b := f.entries[0].seed(Options{}), f.entries[1].seed(Options{}); a != fixed || b == fixed {
		t.Errorf("seeds %d and %d, want the scenario's and a new one", a, b)
	}
}

func TestHooksAreTold(t *testing.T) {
	var told []string
	say := func(what string, err error) error { told = append(told, what); return err }
	var errs bytes.Buffer
	h := hooks.Told{Env: terminal.Env{Err: &errs}, Run: hooks.Run{Head: drill.Record{RunID: "x"}}, Hooks: []hooks.Hook{
		{Name: "nothing"},
		{Name: "index",
			Before: func(context.Context, hooks.Run) error { return say("before", nil) },
			Event:  func(_ hooks.Run, e drill.Event) { _ = say("event "+string(e.Kind), nil) },
			After: func(ctx context.Context, r hooks.Run, rec *drill.Record) error {
				return say(fmt.Sprintf("after %s %s %s %v", rec.RunID, rec.Outcome, rec.Reason, ctx.Err()), errors.New("disk full"))
			}},
	}}
	ctx, cancel := context.WithCancel(t.Context())
	h.Before(ctx)
	h.Event(drill.Event{Kind: drill.KindAbort})
	cancel()
	h.After(ctx, drill.Record{}, errors.New("no namespaces"))
	h.After(ctx, drill.Record{Schema: drill.RecordSchema, RunID: "y", Outcome: "completed"}, nil)
	want := "before, event " + string(drill.KindAbort) + ", after x error no namespaces <nil>, after y completed  <nil>"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("told %s\nwant %s", got, want)
	}
	if got := errs.String(); strings.Count(got, "drillctl: warning: index: disk full\n") != 2 {
		t.Errorf("stderr: %s", got)
	}
}

func TestWorstExit(t *testing.T) {
	for _, c := range []struct {
		codes []int
		want  int
	}{
		{nil, 0}, {[]int{0, 3, 0}, 3}, {[]int{3, 2}, 2}, {[]int{2, 4}, 4}, {[]int{4, 1}, 1}, {[]int{1, 130}, 130}, {[]int{130, 5, 1}, 5},
	} {
		if got := exit.Worst(c.codes...); got != c.want {
			t.Errorf("%v: %d, want %d", c.codes, got, c.want)
		}
	}
}

func TestGatherDirectoriesAndLabels(t *testing.T) {
	dir := t.TempDir()
	src, err := os.ReadFile("../../testdata/scenarios/short.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, label := range map[string]string{"b.yaml": "gate", "a.yml": "slow", "notes.txt": "gate", "c.yaml": "gate, slow"} {
		text := strings.Replace(string(src), "name: short", "name: "+name[:1]+"\nlabels: ["+label+"]", 1)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var errs bytes.Buffer
	env := terminal.Env{In: new(bytes.Buffer), Err: &errs}
	for _, c := range []struct {
		labels []string
		want   string
	}{
		{nil, "a b c"}, {[]string{"gate"}, "b c"}, {[]string{"slow"}, "a c"}, {[]string{"slow", "gate"}, "a b c"},
	} {
		got, err := source.Gather(env, []string{dir}, c.labels)
		var names []string
		for _, e := range got {
			names = append(names, e.Scenario.Name)
		}
		if err != nil || strings.Join(names, " ") != c.want {
			t.Errorf("labels %v: %v, %v, want %s", c.labels, names, err, c.want)
		}
	}
	for _, c := range []struct {
		names, labels []string
		want          string
	}{
		{[]string{dir}, []string{"nope"}, `has a label "nope": nothing was drilled`},
		{[]string{t.TempDir()}, nil, "there is no scenario in"},
		{nil, []string{"nope", "none"}, `a label "nope" or "none"`},
	} {
		if _, err := source.Gather(env, c.names, c.labels); err == nil || !strings.Contains(err.Error(), c.want) || exit.Code(err) != exit.Usage {
			t.Errorf("%v %v: %v, want %s", c.names, c.labels, err, c.want)
		}
	}
}

// Trials have seeds that follow each other, and are judged together.
func TestSuiteTrials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fixed := uint64(40)
		f := newFakeSuite(t, Options{Trials: 3, Seed: &fixed}, "pass-a", "fail-b")
		f.run(t.Context())
		code, _ := f.end(t, outputs.Options{Output: "json", Chosen: true})
		sum := f.summary(time.Now())
		if code != exit.Missed || len(sum.Drills) != 2 || f.settled != 6 {
			t.Fatalf("exit %d, %d drills, %d settled", code, len(sum.Drills), f.settled)
		}
		a := sum.Drills[0].Trials
		if a == nil || a.Passed != 3 || len(a.Seeds) != 3 || a.Seeds[2] != 42 || !strings.HasPrefix(a.Text, "3 of 3 passed; up to 63 % failures") {
			t.Errorf("trials %+v", a)
		}
		if b := sum.Drills[1]; b.Verdict != drill.Fail || b.Trials.Passed != 0 {
			t.Errorf("trials %+v", b.Trials)
		}
		if !strings.Contains(f.errs.String(), "2 of 6: pass-a trial 2 of 3\n") {
			t.Errorf("stderr:\n%s", &f.errs)
		}
	})
}
