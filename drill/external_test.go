package drill_test

import (
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

func gameDay(rate float64) drill.Spec {
	sp := spec(rate, 0)
	sp.Steps = []drill.StepSpec{{ID: "steps[0]", Fault: "external", For: 30 * sec, External: true, Targets: []string{"host"}}}
	sp.Objectives = []drill.Objective{{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 10, Unit: drill.Seconds}}
	return sp
}

// Others break something 7 s after the window opened: drillctl finds it, and
// failover and RTA both count from what clients saw.
func TestExternalDamageIsFoundInTheTimeline(t *testing.T) {
	sp := gameDay(200)
	a := measure(t, log(10*sec, 40*sec, 60*sec), newModel(1, outage{"refuse", 17 * sec, 21 * sec}).stream(sp, 60*sec), nil, sp)
	f := a.Faults[0]
	if !f.Seen || f.InForce < 17*sec-100*ms || f.InForce > 17*sec+100*ms {
		t.Fatalf("seen %v at %s, the outage began at 17s", f.Seen, f.InForce)
	}
	failover, rta := a.Reading(drill.MetricFailover), a.Reading(drill.MetricRTA)
	if failover.Value != rta.Value || failover.Low != rta.Low || failover.High != rta.High || failover.Low > 4 || failover.High < 4 {
		t.Errorf("failover %+v, rta %+v; the outage lasted 4 s", failover, rta)
	}
	if !strings.Contains(failover.Clock, "seen by clients") || len(a.Notes) == 0 || !strings.Contains(a.Notes[0], "done by others") {
		t.Errorf("nobody is told: %q, %q", failover.Clock, a.Notes)
	}
	if len(a.Invalid) > 0 || a.Incidents[0].Cause != "steps[0]" {
		t.Errorf("invalid %+v, cause %q", a.Invalid, a.Incidents[0].Cause)
	}
	if _, v, why := drill.Judge(sp, a); v != drill.Pass {
		t.Errorf("%v: %s", v, why)
	}
}

// A window without an outage proves nothing, and neither does one before it
// opened or after it closed.
func TestExternalWindowWithoutOutageIsInconclusive(t *testing.T) {
	for name, outages := range map[string][]outage{
		"none": nil, "too few bad requests": {{"503", 20 * sec, 20*sec + 6*ms}}, "after it closed": {{"503", 45 * sec, 48 * sec}},
	} {
		sp := gameDay(200)
		a := measure(t, log(10*sec, 40*sec, 60*sec), newModel(2, outages...).stream(sp, 60*sec), nil, sp)
		_, v, why := drill.Judge(sp, a)
		if v != drill.Inconclusive || !strings.Contains(why, "no outage in the window") || a.Faults[0].Seen {
			t.Errorf("%s: %v: %s", name, v, why)
		}
	}
}

// The first outage of the window is the one; others follow from it.
func TestExternalTakesTheFirstOutage(t *testing.T) {
	sp := gameDay(100)
	a := measure(t, log(10*sec, 40*sec, 70*sec), newModel(3, outage{"hang", 15 * sec, 17 * sec}, outage{"refuse", 30 * sec, 31 * sec}).stream(sp, 70*sec), nil, sp)
	if at := a.Faults[0].InForce; !a.Faults[0].Seen || at < 14*sec || at > 15*sec+time.Second/10 {
		t.Errorf("seen at %s, want about 15s", at)
	}
}

// A command of the user's takes 3 s to end, and breaks something in the middle:
// failover is judged from its start, loss counts from what clients saw, and what
// was bad before it ended is not forgotten.
func TestCommandsDamageComesBetweenStartAndEnd(t *testing.T) {
	sp := spec(200, 0)
	sp.Steps = []drill.StepSpec{{ID: "steps[0]", Fault: "command", For: 30 * sec, Outside: true, Targets: []string{"host"}}}
	l := drill.Log{Events: []drill.Event{
		at(0, drill.KindPhase, drill.PhaseWarmup), at(0, drill.KindPhase, drill.PhaseSteady), at(9*sec, drill.KindPhase, drill.PhaseFault),
		at(10*sec, drill.KindFaultFired, "steps[0]"), at(13*sec, drill.KindFaultEffect, "host"), at(13*sec, drill.KindFaultApplied, "steps[0]"),
		at(40*sec, drill.KindFaultReverted, "steps[0]"), at(40*sec, drill.KindPhase, drill.PhaseSettle), at(60*sec, drill.KindPhase, drill.PhaseEnd),
	}}
	for name, o := range map[string]outage{"over before the command ended": {"refuse", 11 * sec, 12 * sec}, "longer than the command": {"refuse", 12 * sec, 16 * sec}} {
		a := measure(t, l, newModel(4, o).stream(sp, 60*sec), nil, sp)
		f := a.Reading(drill.MetricFailover)
		if f.Low < 0 || f.Low > (o.to-o.from).Seconds() || f.Value < (o.to-o.from).Seconds()-0.1 || f.High < (o.to-10*sec).Seconds() || f.High > (o.to-10*sec).Seconds()+0.1 {
			t.Errorf("%s: failover %+v", name, f)
		}
		bad := 1 - a.Reading(drill.MetricAvailability).Value
		if want := (o.to - o.from).Seconds() / 50; bad < 0.9*want || bad > 1.1*want {
			t.Errorf("%s: %.4f of the requests were bad, want %.4f", name, bad, want)
		}
	}
}
