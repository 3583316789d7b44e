package runner

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
)

func kinds(rec drill.Record, of ...drill.Kind) []drill.Event {
	var out []drill.Event
	for _, e := range rec.Timeline {
		if slices.Contains(of, e.Kind) {
			out = append(out, e)
		}
	}
	return out
}

// The damage is proved once more shortly before it is taken back, and that does
// not make it last longer.
func TestDamageIsProvedToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.w.outage = time.Second
		rec, err := Run(t.Context(), b.opts)
		if err != nil || rec.Verdict != drill.Pass {
			t.Fatalf("verdict %s: %s (%v)", rec.Verdict, rec.Reason, err)
		}
		fired, held, gone := kinds(rec, drill.KindFaultFired), kinds(rec, drill.KindFaultHeld), kinds(rec, drill.KindFaultReverted)
		if len(fired) != 1 || len(held) != 1 || len(gone) != 1 || held[0].Data["evidence"] == "" {
			t.Fatalf("fired %v, held %v, gone %v", fired, held, gone)
		}
		if lasted := gone[0].At - fired[0].At; lasted != faultFor {
			t.Errorf("the damage lasted %s, want %s", lasted, faultFor)
		}
		if before := gone[0].At - held[0].At; before <= 0 || before > time.Second {
			t.Errorf("it was proved again %s before its end", before)
		}
	})
}

// Damage that falls out by itself, as when a target restarts, is a finding: the
// drill goes on, and its numbers prove nothing.
func TestDamageThatFallsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.w.outage = time.Second
		time.AfterFunc(12*time.Second, b.w.heal)
		rec, err := Run(t.Context(), b.opts)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Verdict != drill.Inconclusive || rec.Outcome != Completed || !rec.Cleanup.Verified {
			t.Errorf("verdict %s, outcome %s, cleanup %+v", rec.Verdict, rec.Outcome, rec.Cleanup)
		}
		if !strings.Contains(rec.Reason, "not in force to its end") || len(kinds(rec, drill.KindFaultLost)) != 1 {
			t.Errorf("reason %q, lost %v", rec.Reason, kinds(rec, drill.KindFaultLost))
		}
	})
}

// overEarly is damage that is found gone when it is to be taken back.
type overEarly struct{ faults.Fault }

type endedArmed struct{ faults.Armed }

func (f overEarly) Arm(ctx context.Context, on []faults.Target) (faults.Armed, error) {
	a, err := f.Fault.Arm(ctx, on)
	return endedArmed{a}, err
}

func (endedArmed) Early() map[string]string { return map[string]string{"a": "its agent ended"} }

// Damage that ended after its last proof is a finding all the same.
func TestDamageThatEndsAfterItsLastProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.w.outage = time.Second
		b.opts.Plan.Steps[0].Fault = overEarly{b.opts.Plan.Steps[0].Fault}
		rec, err := Run(t.Context(), b.opts)
		if err != nil {
			t.Fatal(err)
		}
		if len(kinds(rec, drill.KindFaultHeld)) != 1 || rec.Verdict != drill.Inconclusive || !strings.Contains(rec.Reason, "not in force to its end: a: its agent ended") {
			t.Errorf("verdict %s: %s", rec.Verdict, rec.Reason)
		}
	})
}

// While a region is away for long, its survivors are read before it returns.
func TestSurvivorsAreReadWhileTheRegionIsAway(t *testing.T) {
	for _, tt := range []struct {
		away  time.Duration
		takes bool
		want  []string
	}{
		{15 * time.Second, true, []string{"b", "gateway"}},
		{5 * time.Second, true, nil}, // too short to say anything
		{15 * time.Second, false, nil},
	} {
		t.Run(tt.away.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.w.outage = time.Second
				s := &b.opts.Plan.Steps[0].Spec
				s.For, s.TakesDown = tt.away, tt.takes
				b.opts.Plan.Spec.Steps[0] = *s
				rec, err := Run(t.Context(), b.opts)
				if err != nil {
					t.Fatal(err)
				}
				gone := kinds(rec, drill.KindFaultReverted)
				var got []string
				for _, f := range rec.Analysis.Ledger.FinalReads {
					if f.When != whenSurvivors {
						continue
					}
					got = append(got, f.Source)
					if f.At > gone[0].At || f.At < gone[0].At-survivorTime-time.Second {
						t.Errorf("%s was read at %s, the region came back at %s", f.Source, f.At, gone[0].At)
					}
				}
				slices.Sort(got)
				if got = slices.Compact(got); !slices.Equal(got, tt.want) {
					t.Errorf("read while the region was away: %v, want %v", got, tt.want)
				}
				if lasted := gone[0].At - kinds(rec, drill.KindFaultFired)[0].At; lasted != tt.away {
					t.Errorf("the damage lasted %s, want %s", lasted, tt.away)
				}
			})
		})
	}
}
