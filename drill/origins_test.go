package drill_test

import (
	"math"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// grouped is a drill whose clients are near a for three slots of five, near b for
// the others. Those near a are refused from 10 s on for so long.
func grouped(down time.Duration) (drill.Spec, []drill.Sample) {
	sp := spec(200, 50)
	sp.Load.Origins = []drill.OriginSpec{{Region: "a", Share: 0.6}, {Region: "b", Share: 0.4}}
	ss := newModel(1).stream(sp, 28*sec)
	for i := range ss {
		s := &ss[i]
		s.Origin = "a"
		if s.Slot%5 > 2 {
			s.Origin, s.Region = "b", "b"
		}
		if s.Origin == "a" && s.Start >= 10*sec && s.Start < 10*sec+down {
			s.Class, s.Status, s.Region = drill.Refused, 0, ""
			if s.Route == drill.Write {
				s.Ack = drill.Rejected
			}
		}
	}
	return sp, ss
}

// One group is hurt, the other notices nothing; the run as a whole is as bad as
// the worst of them, diluted by who was well.
func TestOriginsAreMeasuredApart(t *testing.T) {
	t.Parallel()
	sp, ss := grouped(4 * sec)
	a := measure(t, log(9900*ms, 20*sec, 28*sec), ss, nil, sp)
	hurt, well := a.Reading(drill.OriginMetric(drill.MetricRTA, "a")), a.Reading(drill.OriginMetric(drill.MetricRTA, "b"))
	if !hurt.Known || math.Abs(hurt.Value-4) > 0.1 || hurt.Low > 4 || hurt.High < 4 {
		t.Errorf("rta of a: %+v", hurt)
	}
	if !well.Known || well.Value != 0 || well.High < 0.05 || well.High > 0.2 {
		t.Errorf("rta of b: %+v; its writes are up to 60 ms apart", well)
	}
	if all := a.Reading(drill.MetricRTA); math.Abs(all.Value-hurt.Value) > 0.1 {
		t.Errorf("rta of all %+v, of a %+v", all, hurt)
	}
	av, bv := a.Reading(drill.OriginMetric(drill.MetricAvailability, "a")), a.Reading(drill.OriginMetric(drill.MetricAvailability, "b"))
	if want := 1 - 4/18.1; math.Abs(av.Value-want) > 0.01 || bv.Value != 1 {
		t.Errorf("availability of a %+v, want %.3f, of b %+v", av, want, bv)
	}
	if len(a.Origins) != 2 || len(a.Origins[0].Outages) != 1 || len(a.Origins[1].Outages) != 0 || a.Origins[0].Outages[0].Cause != "steps[0]" {
		t.Fatalf("%+v", a.Origins)
	}
	for i, o := range a.Origins {
		var sent, good uint64
		for _, p := range o.Phases {
			sent, good = sent+p.Sent, good+p.Good
			if p.Good != p.ByRegion["a"]+p.ByRegion["b"] || p.Sent != p.Good+p.Bad+p.Unknown {
				t.Errorf("%s, %s: %+v", o.Region, p.Name, p)
			}
		}
		if share := float64(sent) / float64(len(ss)); math.Abs(share-sp.Load.Origins[i].Share) > 0.01 || (good == sent) != (i == 1) {
			t.Errorf("%s sent %d of %d, %d good", o.Region, sent, len(ss), good)
		}
	}
}

// Slots that were skipped are nobody's: they leave the values alone and widen the
// bounds of all groups.
func TestSkippedSlotsWidenEveryOrigin(t *testing.T) {
	t.Parallel()
	sp, ss := grouped(0)
	var kept []drill.Sample
	for _, s := range ss {
		if s.Intended < 12*sec || s.Intended > 12*sec+300*ms {
			kept = append(kept, s)
		}
	}
	a := measure(t, log(9900*ms, 20*sec, 28*sec), kept, nil, sp)
	for _, o := range []string{"a", "b"} {
		r := a.Reading(drill.OriginMetric(drill.MetricAvailability, o))
		if r.Value != 1 || r.Low > 0.99 || r.High != 1 {
			t.Errorf("availability of %s: %+v", o, r)
		}
		if r := a.Reading(drill.OriginMetric(drill.MetricRTA, o)); r.Value != 0 || r.High < 0.3 {
			t.Errorf("rta of %s: %+v: 0.3 s were not watched", o, r)
		}
	}
}

// No request is no health; and where all clients are alike there are no groups.
func TestOriginsWithoutData(t *testing.T) {
	t.Parallel()
	sp, ss := grouped(sec)
	for i := range ss {
		if ss[i].Intended > 9*sec {
			ss[i].Origin = "a"
		}
	}
	a := measure(t, log(9900*ms, 20*sec, 28*sec), ss, nil, sp)
	for _, m := range []string{drill.MetricRTA, drill.MetricAvailability} {
		if r := a.Reading(drill.OriginMetric(m, "b")); r.Known || r.Why == "" {
			t.Errorf("%s of b, of whom nothing came: %+v", m, r)
		}
	}
	sp.Load.Origins = nil
	if a := measure(t, log(9900*ms, 20*sec, 28*sec), ss, nil, sp); a.Origins != nil || a.Reading(drill.OriginMetric(drill.MetricRTA, "a")).Known {
		t.Errorf("groups of one: %+v", a.Origins)
	}
}

// An objective may be asked of one group, and a starved generator spoils it as it
// does the whole.
func TestObjectivesOfOrigins(t *testing.T) {
	t.Parallel()
	sp, ss := grouped(4 * sec)
	target := func(id, metric, of string, op drill.Op, v float64, u drill.Unit) drill.Objective {
		return drill.Objective{ID: id, Metric: drill.OriginMetric(metric, of), Op: op, Target: v, Unit: u}
	}
	sp.Objectives = []drill.Objective{
		target("a.rto", drill.MetricRTA, "a", drill.AtMost, 5, drill.Seconds), target("b.rto", drill.MetricRTA, "b", drill.AtMost, 1, drill.Seconds),
		target("a.availability", drill.MetricAvailability, "a", drill.AtLeast, 0.9, drill.Ratio), target("c.rto", drill.MetricRTA, "c", drill.AtMost, 1, drill.Seconds),
	}
	a := measure(t, log(9900*ms, 20*sec, 28*sec), ss, nil, sp)
	a.Invalid = nil // nobody read a ledger
	results, _, _ := drill.Judge(sp, a)
	for i, want := range []drill.Verdict{drill.Pass, drill.Pass, drill.Fail, drill.Inconclusive} {
		if results[i].Verdict != want {
			t.Errorf("%s: %v (%s), want %v", results[i].Objective.ID, results[i].Verdict, results[i].Reason, want)
		}
	}
	a.Invalid = []drill.Invalidity{{Code: drill.Saturated, Text: "starved", Route: "read"}}
	results, _, _ = drill.Judge(sp, a)
	if results[0].Verdict != drill.Inconclusive || results[2].Verdict != drill.Fail {
		t.Errorf("starved: %v and %v", results[0].Verdict, results[2].Verdict)
	}
}

func TestSplitMetric(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, metric, alert, origin string }{
		{"rta", "rta", "", ""}, {"rta eu", "rta", "", "eu"}, {"availability us-east", "availability", "", "us-east"},
		{"alert-fires GatewayDown", "alert-fires", "GatewayDown", ""}, {"rta-from-declaration", "rta-from-declaration", "", ""},
	} {
		metric, of := drill.SplitMetric(tt.name)
		if metric != tt.metric || of != tt.alert+tt.origin || drill.OfAlert(tt.name) != tt.alert || drill.OfOrigin(tt.name) != tt.origin {
			t.Errorf("%q is %q of %q, alert %q, origin %q", tt.name, metric, of, drill.OfAlert(tt.name), drill.OfOrigin(tt.name))
		}
	}
}
