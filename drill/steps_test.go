package drill_test

import (
	"math"
	"testing"

	"github.com/drillctl/drillctl/drill"
)

// TestLossCountsFromTheStepThatCausedIt has a harmless step, then one that loses
// the last second of writes: its own start is the t_F of that loss.
func TestLossCountsFromTheStepThatCausedIt(t *testing.T) {
	t.Parallel()
	sp := spec(100, 100)
	sp.Steps = append(sp.Steps, drill.StepSpec{ID: "steps[1]", Fault: "kill", Targets: []string{"b-api-1"}})
	l := log(8*sec, 9*sec, 30*sec)
	for _, e := range []drill.Event{at(18*sec-ms, drill.KindFaultFired, ""), at(18*sec, drill.KindFaultApplied, ""), at(20*sec, drill.KindFaultReverted, "")} {
		e.Step = "steps[1]"
		l.Events = append(l.Events, e)
	}
	ss := newModel(1, outage{"refuse", 18 * sec, 19 * sec}).stream(sp, 28*sec)
	f := drill.FinalRead{Source: "gateway", Stable: true}
	for _, s := range ss {
		if s.Route == drill.Write && (s.End < 17*sec || s.End > 18*sec) {
			f.Ranges = append(f.Ranges, [2]uint64{s.ID, s.ID})
		}
	}
	b := f
	b.Source = "b"
	a := measure(t, l, ss, []drill.FinalRead{f, b}, sp)
	if r := a.Reading(drill.MetricRPA); math.Abs(r.Value-1) > 0.02 || a.Ledger.PostFaultLoss != 0 {
		t.Errorf("%+v, %v lost after the fault", r, a.Ledger.PostFaultLoss)
	}
	if r := a.Reading(drill.MetricFailover); math.Abs(r.Value-1) > 0.03 || r.Low > 1 || r.High < 1 {
		t.Errorf("%+v", r)
	}
	for _, in := range a.Incidents {
		if in.Cause != "steps[1]" {
			t.Errorf("caused by %q", in.Cause)
		}
	}
}
