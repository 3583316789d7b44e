package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/fake"
)

// A bench is a drill on a scripted world, ready to be bent.
type bench struct {
	w    *world
	f    *worldFault
	l    *worldLoad
	opts Options
}

const (
	readSlot  = 10 * time.Millisecond
	writeSlot = 20 * time.Millisecond
	faultAt   = 2 * time.Second
	faultFor  = 10 * time.Second
)

func newBench(t *testing.T) *bench {
	t.Helper()
	w := newWorld()
	rt := fake.New("test")
	nodes := []runtimes.Node{{Name: "a-gateway-1", Region: "a", Role: "gateway"}, {Name: "b-gateway-1", Region: "b", Role: "gateway"}}
	if err := rt.Start(t.Context(), nodes); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	f := &worldFault{w: w, accident: map[string]func() error{}}
	kind := faults.Kind{Name: "world", Leased: true, New: func() faults.Fault { return f }}
	spec := drill.Spec{
		Scenario: "test", Regions: []string{"a", "b"}, Primary: "a",
		Load:   drill.LoadSpec{ReadRate: 100, WriteRate: 50, Timeout: time.Second, Deadline: 500 * time.Millisecond, Profile: "pooled"},
		Steady: drill.SteadySpec{For: 5 * time.Second, Success: 0.999},
		Hold:   3 * time.Second, Settle: 6 * time.Second,
		Detect: drill.DetectSpec{Window: time.Second, MinRequests: 10, MinBad: 3, Down: 0.1, Up: 0.01, CapacityFloor: 0.9, ShareTol: 0.1},
		Steps:  []drill.StepSpec{{ID: "steps[0]", Fault: "world", At: faultAt, For: faultFor, Regions: []string{"a"}, Targets: []string{"a-gateway-1"}, Text: "world on a"}},
		Objectives: []drill.Objective{
			{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 6, Unit: drill.Seconds},
			{ID: "rpo", Metric: drill.MetricRPA, Op: drill.AtMost, Target: 2, Unit: drill.Seconds},
		},
	}
	l := &worldLoad{w: w, read: readSlot, write: writeSlot}
	return &bench{w: w, f: f, l: l, opts: Options{
		Dir: testDir(t), Runtime: rt, Load: l, Now: w.now, Logger: slog.New(slog.DiscardHandler),
		Plan: Plan{Spec: spec, Seed: 1, Steps: []Step{{Spec: spec.Steps[0], Kind: kind, Fault: f, Targets: []string{"a-gateway-1"}}}},
	}}
}

func (b *bench) journalled() { b.opts.Plan.Steps[0].Kind.Leased = false }

func near(got, want, within float64) bool { return math.Abs(got-want) <= within }

// A drill of half a minute takes milliseconds here, and its numbers are those of
// the script: an outage of 5 s and writes of 1.5 s lost.
func TestNumbersAreThoseOfTheScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.w.outage, b.w.lose = 5*time.Second, 1500*time.Millisecond
		rec, err := Run(t.Context(), b.opts)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Verdict != drill.Pass || rec.Outcome != Completed {
			t.Fatalf("verdict %s, outcome %s: %s", rec.Verdict, rec.Outcome, rec.Reason)
		}
		rta := rec.Analysis.Reading(drill.MetricRTA)
		if !rta.Known || !near(rta.Value, 5, 1e-9) || rta.Low > 5 || rta.High < 5 || rta.High-rta.Low > 4*writeSlot.Seconds() {
			t.Errorf("RTA %+v, want exactly 5 s within its bounds", rta)
		}
		rpa := rec.Analysis.Reading(drill.MetricRPA)
		if !rpa.Known || !near(rpa.Value, 1.5, writeSlot.Seconds()) || rpa.High < 1.5 {
			t.Errorf("RPA %+v, want 1.5 s to the write", rpa)
		}
		if l := rec.Analysis.Ledger; l.Lost < 74 || l.Lost > 76 {
			t.Errorf("%d writes lost, want 1.5 s of 50/s", l.Lost)
		}
		again, err := Analyze(b.opts.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if again.Verdict != rec.Verdict || again.Analysis.Reading(drill.MetricRTA).Value != rta.Value {
			t.Error("judged again, the stored run gives something else")
		}
	})
}

// Nothing that cannot be known is ever a pass.
func TestNoFalseGreen(t *testing.T) {
	tests := []struct {
		name string
		bend func(b *bench)
		says string
	}{
		{"target matches nothing", func(b *bench) { b.opts.Plan.Steps[0].Targets = []string{"c-gateway-1"} }, "no such instance"},
		{"fault cannot take effect", func(b *bench) {
			b.f.accident["arm"] = func() error { return errors.New("kernel without it") }
		}, "kernel without it"},
		{"fault has no effect", func(b *bench) { b.f.accident["fire"] = func() error { b.w.heal(); return nil } }, "not proved in force"},
		{"load never reached the system", func(b *bench) { b.w.mute = true }, "no request was answered"},
		{"every request fails from the start", func(b *bench) { b.w.sick = true }, "were good"},
		{"writes never read back", func(b *bench) { b.w.unread = true }, "never read back"},
		{"generator saturated", func(b *bench) { b.l.late = 30 * time.Millisecond }, "late"},
		{"resolution straddles the target", func(b *bench) { b.opts.Plan.Spec.Objectives[0].Target = 5 }, "straddles"},
		{"nothing was asked", func(b *bench) { b.opts.Plan.Spec.Objectives = nil }, "nothing was asked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.w.outage = 5 * time.Second
				tt.bend(b)
				rec, err := Run(t.Context(), b.opts)
				if err != nil {
					t.Fatal(err)
				}
				if rec.Verdict != drill.Inconclusive {
					t.Errorf("verdict %s, want inconclusive (%s)", rec.Verdict, rec.Reason)
				}
				if !strings.Contains(rec.Reason, tt.says) {
					t.Errorf("the reason %q does not say %q", rec.Reason, tt.says)
				}
				for _, o := range rec.Objectives {
					if o.Verdict != drill.Pass && o.Met != nil && *o.Met {
						t.Errorf("%s is met but not passed", o.Objective.ID)
					}
				}
			})
		})
	}
}

// A sick system gets no damage.
func TestNothingIsInjectedIntoASickSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.w.sick = true
		rec, err := Run(t.Context(), b.opts)
		if err != nil {
			t.Fatal(err)
		}
		if b.w.everHit || rec.Outcome != Precondition {
			t.Errorf("hit %v, outcome %s", b.w.everHit, rec.Outcome)
		}
	})
}

// Whatever goes wrong, and wherever, the damage is taken back and told.
func TestAccidents(t *testing.T) {
	boom := errors.New("boom")
	fail := func() error { return boom }
	crash := func() error { panic("boom") }
	tests := []struct {
		point   string
		do      func() error
		journal bool
		stuck   bool
	}{
		{"arm", fail, false, false}, {"arm", crash, false, false},
		{"fire-before", fail, false, false}, {"fire-before", crash, true, false},
		{"fire", fail, false, false}, {"fire", crash, false, false}, {"fire", crash, true, false},
		{"verify", fail, false, false}, {"verify", crash, true, false},
		{"revert", fail, false, true}, {"revert", crash, false, true},
		{"undo", fail, true, true}, {"undo", crash, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.point, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.w.outage = time.Second
				b.f.accident[tt.point] = tt.do
				if tt.journal {
					b.journalled()
				}
				rec, err := Run(t.Context(), b.opts)
				if got := errors.Is(err, ErrStuck); got != tt.stuck {
					t.Errorf("stuck %v (%v), want %v", got, err, tt.stuck)
				}
				if rec.Cleanup.Verified == tt.stuck || rec.Verdict == drill.Pass {
					t.Errorf("cleanup %+v, verdict %s", rec.Cleanup, rec.Verdict)
				}
				if b.w.inForce {
					t.Error("the damage is still in force")
				}
				left, err := journal.Left(b.opts.Dir.Path(rundir.Journal))
				if err != nil || (len(left) > 0) != (tt.stuck && tt.journal) {
					t.Errorf("%d outstanding in the journal (%v)", len(left), err)
				}
			})
		})
	}
}

// A target that is no more has no damage left: nothing is stuck.
func TestAVanishedTargetIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.w.outage = time.Second
		b.f.accident["undo"] = func() error { return fmt.Errorf("starting a: %w", runtimes.ErrGone) }
		b.journalled()
		rec, err := Run(t.Context(), b.opts)
		left, readErr := journal.Left(b.opts.Dir.Path(rundir.Journal))
		if errors.Is(err, ErrStuck) || !rec.Cleanup.Verified || len(left) > 0 || readErr != nil {
			t.Errorf("%v, cleanup %+v, %d outstanding (%v)", err, rec.Cleanup, len(left), readErr)
		}
	})
}

// An interrupt at any time takes everything back and is told.
func TestInterruptAtAnyTime(t *testing.T) {
	for _, after := range []time.Duration{100 * time.Millisecond, 4 * time.Second, 5500 * time.Millisecond, 7900 * time.Millisecond, 9 * time.Second, 18 * time.Second, 20 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.journalled()
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(after, func() { cancel(ErrInterrupted) })
				rec, err := Run(ctx, b.opts)
				if err != nil {
					t.Fatal(err)
				}
				if rec.Outcome != Interrupted || rec.Verdict != drill.Inconclusive || b.w.inForce || !rec.Cleanup.Verified {
					t.Errorf("outcome %s, verdict %s, in force %v, cleanup %+v", rec.Outcome, rec.Verdict, b.w.inForce, rec.Cleanup)
				}
				if left, err := journal.Left(b.opts.Dir.Path(rundir.Journal)); err != nil || len(left) > 0 {
					t.Errorf("outstanding %v (%v)", left, err)
				}
				if took := b.w.now(); took > after+3*time.Second {
					t.Errorf("took %s to stop", took-after)
				}
			})
		})
	}
}

// The guard ends a drill that has gone too far, and says so.
func TestAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.w.outage = time.Hour
		b.opts.Plan.AbortIf = &AbortIf{Success: 0.5, For: 2 * time.Second}
		rec, err := Run(t.Context(), b.opts)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Outcome != Aborted || b.w.inForce || rec.Verdict == drill.Pass {
			t.Errorf("outcome %s, verdict %s, in force %v: %s", rec.Outcome, rec.Verdict, b.w.inForce, rec.Reason)
		}
		if !slices.ContainsFunc(rec.Timeline, func(e drill.Event) bool { return e.Kind == drill.KindAbort }) {
			t.Error("the timeline does not tell of the abort")
		}
	})
}

// In a drill of aborting the guard ends the damage and not the drill, which is then
// judged; damage that nobody aborted misses.
func TestAbortIsWhatIsAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		guard   *AbortIf
		outage  time.Duration // of damage for 10 s
		verdict drill.Verdict
		within  [2]float64 // of the reading
	}{
		"aborted":          {&AbortIf{Success: 0.5, For: 2 * time.Second}, 5 * time.Second, drill.Pass, [2]float64{3, 5}},
		"aborted late":     {&AbortIf{Success: 0.5, For: 5 * time.Second}, 8 * time.Second, drill.Fail, [2]float64{6, 8}},
		"nobody aborts":    {nil, 5 * time.Second, drill.Fail, [2]float64{9.9, 10.1}},
		"nothing to abort": {&AbortIf{Success: 0.5, For: 2 * time.Second}, 0, drill.Inconclusive, [2]float64{}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.w.outage, b.opts.Plan.AbortIf = tt.outage, tt.guard
				b.opts.Plan.Spec.Objectives = []drill.Objective{{ID: "abort-within", Metric: drill.MetricAbort, Op: drill.AtMost, Target: 5.5, Unit: drill.Seconds}}
				rec, err := Run(t.Context(), b.opts)
				if err != nil {
					t.Fatal(err)
				}
				r := rec.Analysis.Reading(drill.MetricAbort)
				if rec.Outcome != Completed || rec.Verdict != tt.verdict || b.w.inForce || r.Value < tt.within[0] || r.Value > tt.within[1] {
					t.Errorf("outcome %s, verdict %s, in force %v: %s; %+v", rec.Outcome, rec.Verdict, b.w.inForce, rec.Reason, r)
				}
				if name == "aborted" && !rec.Analysis.Outages[0].IsRecovered {
					t.Error("the drill did not go on until the system had recovered")
				}
			})
		})
	}
}

// A drill of aborting is as inconclusive as any other when it ends for another
// reason than its guard.
func TestAbortOfAnotherKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		gone := make(chan struct{})
		b.opts.Load, b.w.outage = mortalLoad{b.l, gone}, time.Second
		b.opts.Plan.AbortIf = &AbortIf{Success: 0.5, For: 2 * time.Second}
		b.opts.Plan.Spec.Objectives = []drill.Objective{{ID: "abort-within", Metric: drill.MetricAbort, Op: drill.AtMost, Target: 60, Unit: drill.Seconds}}
		time.AfterFunc(11*time.Second, func() { close(gone) })
		rec, err := Run(t.Context(), b.opts)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Outcome != Aborted || rec.Verdict != drill.Inconclusive || b.w.inForce {
			t.Errorf("outcome %s, verdict %s, in force %v: %s", rec.Outcome, rec.Verdict, b.w.inForce, rec.Reason)
		}
	})
}

// Without the load nothing is measured: the drill ends, takes everything back,
// and says why.
func TestTheLoadDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		gone := make(chan struct{})
		b.opts.Load = mortalLoad{b.l, gone}
		time.AfterFunc(9*time.Second, func() { close(gone) })
		rec, err := Run(t.Context(), b.opts)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Outcome != Aborted || rec.Verdict != drill.Inconclusive || b.w.inForce || !strings.Contains(rec.Reason, "load died") {
			t.Errorf("outcome %s, verdict %s, in force %v: %s", rec.Outcome, rec.Verdict, b.w.inForce, rec.Reason)
		}
	})
}

type mortalLoad struct {
	*worldLoad
	gone chan struct{}
}

func (m mortalLoad) Gone() <-chan struct{} { return m.gone }

// A missed objective of a sound run is a miss, not an excuse.
func TestAMissIsAMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.w.outage = 8 * time.Second
		rec, err := Run(t.Context(), b.opts)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Verdict != drill.Fail {
			t.Errorf("verdict %s: %s", rec.Verdict, rec.Reason)
		}
	})
}

// The intent is on disk before the act.
func TestIntentBeforeAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.journalled()
		var left []journal.Entry
		b.f.accident["fire-before"] = func() (err error) {
			left, err = journal.Left(b.opts.Dir.Path(rundir.Journal))
			return err
		}
		if _, err := Run(t.Context(), b.opts); err != nil {
			t.Fatal(err)
		}
		if len(left) != 1 || left[0].Ref.ID != "a-gateway-1" || left[0].Kind != "world" {
			t.Errorf("when the act came, the journal held %+v", left)
		}
		if _, err := os.Stat(b.opts.Dir.Path(rundir.Record)); err != nil {
			t.Error(err)
		}
	})
}

// Nothing that went on while the agents were armed is part of the baseline.
func TestSteadyBeginsWhenAllIsArmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.f.accident["arm"] = func() error { time.Sleep(2 * time.Second); return nil }
		rec, err := Run(t.Context(), b.opts)
		if err != nil {
			t.Fatal(err)
		}
		if p := rec.Analysis.Phases[0]; p.Name != drill.PhaseSteady || p.Start < 2*time.Second {
			t.Errorf("first phase %s from %v, want steady after 2 s of arming", p.Name, p.Start)
		}
	})
}
