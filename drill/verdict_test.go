package drill_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A tale is one whole drill: what was done to it, and what must come of it.
type tale struct {
	name    string
	edit    func(l *drill.Log, ss []drill.Sample, sp *drill.Spec) []drill.Sample
	metric  string
	op      drill.Op
	target  float64
	verdict drill.Verdict
	reason  string
	code    string // of the Invalidity, if any
}

func without(l *drill.Log, k drill.Kind) {
	var out []drill.Event
	for _, e := range l.Events {
		if e.Kind != k {
			out = append(out, e)
		}
	}
	l.Events = out
}

// kept are the phases of log, without the end.
func kept(*drill.Log) []drill.Event {
	var out []drill.Event
	for _, e := range log(8*sec, 12*sec, 21*sec).Events {
		if e.Kind == drill.KindPhase && e.Subject != drill.PhaseEnd {
			out = append(out, e)
		}
	}
	return out
}

func tales() []tale {
	type S = []drill.Sample
	is := func(f func(l *drill.Log, ss S, sp *drill.Spec)) func(*drill.Log, S, *drill.Spec) S {
		return func(l *drill.Log, ss S, sp *drill.Spec) S { f(l, ss, sp); return ss }
	}
	each := func(f func(i int, s *drill.Sample)) func(*drill.Log, S, *drill.Spec) S {
		return is(func(_ *drill.Log, ss S, _ *drill.Spec) {
			for i := range ss {
				f(i, &ss[i])
			}
		})
	}
	cut := func(from, to time.Duration) func(*drill.Log, S, *drill.Spec) S {
		return func(_ *drill.Log, ss S, _ *drill.Spec) S {
			var out S
			for _, s := range ss {
				if s.Intended < from || s.Intended > to {
					out = append(out, s)
				}
			}
			return out
		}
	}
	const rta, most, least = drill.MetricRTA, drill.AtMost, drill.AtLeast
	const pass, unsure, fail = drill.Pass, drill.Inconclusive, drill.Fail
	return []tale{
		{"met", nil, rta, most, 3, pass, "all 1 objectives met", ""},
		{"missed", nil, rta, most, 1, fail, "achieved 2", ""},
		{"straddles", nil, rta, most, 2, unsure, "straddles 2", ""},
		{"ratio met", nil, drill.MetricAvailability, least, 0.8, pass, "met", ""},
		{"ratio missed", nil, drill.MetricAvailability, least, 0.9, fail, "wanted at least 90 %", ""},
		{"downtime missed", nil, drill.MetricDowntime, most, 1, fail, "achieved 2", ""},
		{"no load", each(func(_ int, s *drill.Sample) { s.Status, s.Region, s.Class = 0, "", drill.DNS }), rta, most, 3, unsure, "never reached", "no-load"},
		{"no samples", cut(0, 60*sec), rta, most, 3, unsure, "never reached", "no-load"},
		{"load died before the fault", cut(7*sec, 60*sec), rta, most, 3, unsure, "no read was sent after", "no-load"},
		{"load died during the fault", cut(9*sec, 60*sec), rta, most, 30, unsure, "before the faults were over", "no-load"},
		{"no effect", is(func(l *drill.Log, _ S, _ *drill.Spec) { without(l, drill.KindFaultApplied) }), rta, most, 3, unsure, "never proved in force", "no-effect"},
		{"not gone", is(func(l *drill.Log, _ S, _ *drill.Spec) { without(l, drill.KindFaultReverted) }), rta, most, 3, unsure, "never proved gone", "not-gone"},
		{"late generator", each(func(_ int, s *drill.Sample) { s.Start += 30 * ms; s.End += 30 * ms }), rta, most, 3, unsure, "could not keep its grid", "saturated"},
		{"late generator, data only", each(func(_ int, s *drill.Sample) { s.Start += 30 * ms; s.End += 30 * ms }), drill.MetricAvailability, least, 0.8, pass, "met", "saturated"},
		{"skipping generator", func(_ *drill.Log, ss S, _ *drill.Spec) S {
			var out S
			for _, s := range ss {
				if s.Slot%20 != 0 {
					out = append(out, s)
				}
			}
			return out
		}, rta, most, 3, unsure, "99 of 1999 reads were skipped (5.0 %), the limit is 3 %", "saturated"},
		{"stalled generator", cut(13*sec, 14*sec), rta, most, 3, unsure, "100 of 2000 reads were skipped", "saturated"},
		{"sick baseline", each(func(i int, s *drill.Sample) {
			if i%20 == 0 {
				s.Class, s.Status = drill.HTTP5xx, 500
			}
		}), rta, most, 3, unsure, "of the steady phase", "precondition"},
		{"never steady", is(func(l *drill.Log, _ S, _ *drill.Spec) { l.Events = l.Events[:2] }), rta, most, 3, unsure, "not steady", "precondition"},
		{"never read", nil, drill.MetricRPA, most, 3, unsure, "writes nothing", ""},
		{"aborted", is(func(l *drill.Log, _ S, _ *drill.Spec) { l.Events = append(l.Events, at(12*sec, drill.KindAbort, "")) }), rta, most, 1, unsure, "aborted", "aborted"},
		{"interrupted", is(func(l *drill.Log, _ S, _ *drill.Spec) {
			l.Events = append(l.Events, at(12*sec, drill.KindInterrupt, ""))
		}), rta, most, 3, unsure, "interrupted", "interrupted"},
		{"late reads, data in time", each(func(_ int, s *drill.Sample) { s.Start += 30 * ms; s.End += 30 * ms }), drill.MetricLostWrites, most, 0, unsure, "writes nothing", "saturated"},
		{"cut off", is(func(l *drill.Log, _ S, _ *drill.Spec) {
			without(l, drill.KindPhase)
			l.Events = append(kept(l), l.Events...)
		}), rta, most, 3, unsure, "the log has no end", "unfinished"},
		{"torn events", is(func(l *drill.Log, _ S, _ *drill.Spec) { l.Torn = []string{"the last line of the events is cut off"} }), rta, most, 3, unsure, "the last line of the events", "torn"},
		{"no objectives", is(func(_ *drill.Log, _ S, sp *drill.Spec) { sp.Objectives = nil }), rta, most, 3, unsure, "no objectives", ""},
		{"unknown metric", nil, "beauty", most, 3, unsure, "not measured by this drill", ""},
		{"unknown comparison", nil, rta, "==", 3, unsure, "unknown comparison", ""},
		{"not a number", nil, rta, most, math.NaN(), unsure, "", ""},
		{"censored", is(func(_ *drill.Log, ss S, sp *drill.Spec) { sp.Hold = 30 * sec }), rta, most, 60, unsure, "observe for longer", ""},
		{"censored but missed", is(func(_ *drill.Log, ss S, sp *drill.Spec) { sp.Hold = 30 * sec }), rta, most, 1.5, fail, "wanted at most 1.5 s", ""},
		{"undetected", nil, drill.MetricDetect, most, 3, unsure, "no part of the system", ""},
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for _, c := range tales() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sp := spec(100, 0)
			sp.Objectives = []drill.Objective{{ID: "goal", Metric: c.metric, Op: c.op, Target: c.target}}
			l, ss := log(8*sec, 12*sec, 21*sec), newModel(1, outage{"refuse", 8 * sec, 10 * sec}).stream(sp, 20*sec)
			if c.edit != nil {
				ss = c.edit(&l, ss, &sp)
			}
			a := measure(t, l, ss, nil, sp)
			rs, v, reason := drill.Judge(sp, a)
			if v != c.verdict || !strings.Contains(reason, c.reason) {
				t.Errorf("%v %q, want %v %q; %s", v, reason, c.verdict, c.reason, show(a))
			}
			if len(rs) > 0 && (rs[0].Met != nil) != (v != drill.Inconclusive) {
				t.Errorf("met is %v with %v", rs[0].Met, v)
			}
			checkCodes(t, a, c.code)
		})
	}
}

func checkCodes(t *testing.T, a drill.Analysis, want string) {
	t.Helper()
	found := want == ""
	for _, inv := range a.Invalid {
		found = found || inv.Code == want
	}
	if !found || want == "" && len(a.Invalid) > 0 {
		t.Errorf("invalid %v, want code %q", a.Invalid, want)
	}
}

func TestWorst(t *testing.T) {
	t.Parallel()
	const u, p, i, f = drill.Unjudged, drill.Pass, drill.Inconclusive, drill.Fail
	for _, c := range []struct {
		vs   []drill.Verdict
		want drill.Verdict
	}{{nil, i}, {[]drill.Verdict{u}, i}, {[]drill.Verdict{p}, p}, {[]drill.Verdict{p, u}, i}, {[]drill.Verdict{p, i, f}, f}, {[]drill.Verdict{f, u}, f}, {[]drill.Verdict{p, p}, p}} {
		if got := drill.Worst(c.vs...); got != c.want {
			t.Errorf("worst of %v is %v, want %v", c.vs, got, c.want)
		}
	}
}
