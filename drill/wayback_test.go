package drill_test

import (
	"math"
	"slices"
	"testing"

	"github.com/drillctl/drillctl/drill"
)

// TestTheWayBackIsNoFailover has a glitch when the region returns: it counts for
// RTA, and the failover time is that of the first outage.
func TestTheWayBackIsNoFailover(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	sp.Steps[0].For = 8 * sec
	ss := newModel(1, outage{"503", 8 * sec, 10 * sec}, outage{"503", 17 * sec, 20 * sec}).stream(sp, 29*sec)
	a := measure(t, log(8*sec, 16*sec, 30*sec), ss, nil, sp)
	if r := a.Reading(drill.MetricFailover); math.Abs(r.Value-2) > 0.03 || r.High > 2.05 {
		t.Errorf("failover %+v, want 2 s", r)
	}
	if r := a.Reading(drill.MetricRTA); math.Abs(r.Value-3) > 0.03 {
		t.Errorf("RTA %+v, want 3 s", r)
	}
	if len(a.Incidents) != 2 || a.Incidents[0].Cause != "steps[0]" || a.Incidents[1].Cause != "" {
		t.Errorf("%+v", a.Incidents)
	}
	// A crash is over at once; the outage that follows is its doing all the same.
	sp.Steps[0].For = 0
	a = measure(t, log(8*sec, 8*sec+100*ms, 30*sec), newModel(1, outage{"503", 9 * sec, 11 * sec}).stream(sp, 29*sec), nil, sp)
	if r := a.Reading(drill.MetricFailover); math.Abs(r.Value-3) > 0.03 {
		t.Errorf("failover after a crash %+v, want 3 s", r)
	}
}

// TestTheReturnIsNoFailover has a glitch while the damage is taken back, before it
// is proved gone. Without an earlier outage, though, it is all that there is of one.
func TestTheReturnIsNoFailover(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		outages []outage
		want    float64
	}{
		{"after the failover", []outage{{"503", 8 * sec, 10 * sec}, {"503", 15*sec + 700*ms, 16 * sec}}, 2},
		{"alone", []outage{{"503", 15*sec + 700*ms, 16 * sec}}, 8},
		{"while it was in force", []outage{{"503", 8 * sec, 10 * sec}, {"503", 14 * sec, 15 * sec}}, 7},
	} {
		sp := spec(100, 0)
		sp.Steps[0].For, sp.Hold = 8*sec, 2*sec
		l := log(8*sec, 16*sec, 30*sec)
		for i, e := range l.Events {
			if e.Kind == drill.KindFaultReverted {
				held := at(15*sec+500*ms, drill.KindFaultHeld, "steps[0]")
				held.Took = 100 * ms
				l.Events = slices.Insert(l.Events, i, held)
				break
			}
		}
		r := measure(t, l, newModel(1, c.outages...).stream(sp, 29*sec), nil, sp).Reading(drill.MetricFailover)
		if math.Abs(r.Value-c.want) > 0.05 {
			t.Errorf("%s: failover %+v, want %v s", c.name, r, c.want)
		}
	}
}

// TestNothingLostMeetsRPOZero: seconds cannot, writes can.
func TestNothingLostMeetsRPOZero(t *testing.T) {
	t.Parallel()
	sp := spec(100, 50)
	sp.Objectives = []drill.Objective{{ID: "rpo", Metric: drill.MetricRPA, Op: drill.AtMost, Unit: drill.Seconds}}
	ss := newModel(1, outage{"503", 8 * sec, 10 * sec}).stream(sp, 20*sec)
	full := []drill.FinalRead{{Source: "gateway", Stable: true}, {Source: "b", Stable: true}}
	for _, s := range ss {
		if s.Ack == drill.Acked {
			full[0].Ranges = append(full[0].Ranges, [2]uint64{s.ID, s.ID})
		}
	}
	full[1].Ranges = full[0].Ranges
	a := measure(t, log(8*sec, 12*sec, 21*sec), ss, full, sp)
	if rs, v, _ := drill.Judge(sp, a); v != drill.Pass {
		t.Errorf("nothing lost: %v, %+v", v, rs)
	}
	full[0].Ranges = full[0].Ranges[1:]
	a = measure(t, log(8*sec, 12*sec, 21*sec), ss, full, sp)
	if rs, v, _ := drill.Judge(sp, a); v != drill.Fail || a.Ledger.Lost != 1 {
		t.Errorf("one lost: %v, %+v", v, rs)
	}
	a = measure(t, log(8*sec, 12*sec, 21*sec), ss, nil, sp)
	if rs, v, _ := drill.Judge(sp, a); v != drill.Inconclusive {
		t.Errorf("never read: %v, %+v", v, rs)
	}
}

// TestSkippedSlotsAreUnknown: they might all have been bad.
func TestSkippedSlotsAreUnknown(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	var ss []drill.Sample
	for _, s := range newModel(1, outage{"503", 8 * sec, 10 * sec}).stream(sp, 20*sec) {
		if s.Slot%200 != 0 || s.Intended < 8*sec {
			ss = append(ss, s)
		}
	}
	a := measure(t, log(8*sec, 12*sec, 21*sec), ss, nil, sp)
	r, eed := a.Reading(drill.MetricAvailability), a.Reading(drill.MetricEED)
	if r.High != r.Value || r.Value-r.Low < 0.004 || r.Value-r.Low > 0.006 || eed.Low != eed.Value || eed.High-eed.Value < 0.04 {
		t.Errorf("%+v %+v", r, eed)
	}
}

// TestLagIsNoReordering: a lost tail is older than what was written after the
// failover, and that is no disorder.
func TestLagIsNoReordering(t *testing.T) {
	t.Parallel()
	a := lostAt(t, 7*sec, 8*sec)
	if l := a.Ledger; l.Lost == 0 || l.Reordered != 0 || l.Holes {
		t.Errorf("%d lost, %d reordered, holes %v", l.Lost, l.Reordered, l.Holes)
	}
	a = lostAt(t, 5*sec, 6*sec)
	if l := a.Ledger; l.Lost == 0 || l.Reordered != l.Lost || !l.Holes {
		t.Errorf("%d lost, %d reordered, holes %v", l.Lost, l.Reordered, l.Holes)
	}
}

func TestMetricsKnowWhatTheyLack(t *testing.T) {
	t.Parallel()
	whole := spec(100, 50)
	whole.Budget = &drill.BudgetSpec{SLO: 0.999, Window: month}
	whole.Actions = []drill.ActionSpec{{ID: "steps[1]", Kind: drill.ActionConfirm, Declares: true}}
	whole.Monitoring = &drill.MonitoringSpec{Alerts: []drill.AlertSpec{{Name: "Down"}}}
	whole.Load.IntruderRate, whole.Load.Tokens = 5, true
	bare := spec(100, 0)
	bare.Steps[0].TakesDown = false
	lacking := map[string]bool{drill.MetricRPA: true, drill.MetricLostWrites: true, drill.MetricStale: true, drill.MetricSplitBrain: true, drill.MetricFailback: true, drill.MetricShift: true, drill.MetricFailbackEED: true, drill.MetricOvershoot: true, drill.MetricBudget: true, drill.MetricDeclared: true, drill.MetricAlertFires: true, drill.MetricResolves: true, drill.MetricLetIn: true, drill.MetricRefused: true}
	for _, m := range drill.Metrics() {
		if why := m.Lacks(whole); why != "" {
			t.Errorf("%s: %s", m.Name, why)
		}
		if why := m.Lacks(bare); (why != "") != lacking[m.Name] {
			t.Errorf("%s of a drill without writes, region and SLO: %q", m.Name, why)
		}
		if m.Lacks(drill.Spec{}) == "" || m.Objective == "" || m.Op != drill.AtMost && m.Op != drill.AtLeast {
			t.Errorf("%+v", m)
		}
	}
}
