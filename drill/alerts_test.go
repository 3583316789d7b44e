package drill_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// watching polls once a second from half a second on, each poll answered after
// 100 ms: what an alert is, "" for no answer, is said by state.
func watching(l *drill.Log, a drill.AlertSpec, state func(time.Duration) string) {
	was, last, silent := "", time.Duration(-1), false
	for began := 500 * ms; began < 30*sec; began += sec {
		at, is := began+100*ms, state(began)
		switch {
		case is == "" && !silent:
			l.Events, silent = append(l.Events, drill.MonitoringEvent(at, "p", drill.SourceSilent, last, "connection refused")), true
		case is == "":
		default:
			if silent || last < 0 {
				l.Events = append(l.Events, drill.MonitoringEvent(at, "p", drill.SourceAnswers, last, ""))
			}
			if is != was {
				l.Events = append(l.Events, drill.AlertEvent(at, a, was, is, last))
			}
			was, last, silent = is, began, false
		}
	}
	l.Events = append(l.Events, drill.MonitoringEvent(30*sec, "p", drill.SourceLeft, last, ""))
}

// during is a state between times, and another one before and after.
func during(from, to time.Duration, state, otherwise string) func(time.Duration) string {
	return func(t time.Duration) string {
		if t >= from && t < to {
			return state
		}
		return otherwise
	}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	const firing, quiet, pending = drill.AlertFiring, drill.AlertInactive, drill.AlertPending
	alert := drill.AlertSpec{Name: "Down", Labels: map[string]string{"region": "a"}}
	for _, c := range []struct {
		name            string
		state           func(time.Duration) string
		fires, resolves drill.Verdict
		low, high       float64 // of fires
		says            string
	}{
		{"in time", during(12*sec, 22*sec, firing, quiet), drill.Pass, drill.Pass, 3.5, 4.6, ""},
		{"too late", during(17*sec, 22*sec, firing, quiet), drill.Fail, drill.Pass, 8.5, 9.6, "achieved 9.6"},
		{"around the target", during(14*sec, 22*sec, firing, quiet), drill.Inconclusive, drill.Pass, 5.5, 6.6, "straddles"},
		{"never", during(0, 0, firing, quiet), drill.Fail, drill.Inconclusive, 21.5, 21.5, "never fired within 21.5 s"},
		{"only pending", during(12*sec, 22*sec, pending, quiet), drill.Fail, drill.Inconclusive, 21.5, 21.5, "was pending and never fired"},
		{"silenced", during(12*sec, 22*sec, drill.AlertSuppressed, quiet), drill.Fail, drill.Inconclusive, 21.5, 21.5, "nobody was told"},
		{"to the end", during(12*sec, 40*sec, firing, quiet), drill.Pass, drill.Fail, 3.5, 4.6, "still fired"},
		{"resolves too late", during(12*sec, 28*sec, firing, quiet), drill.Pass, drill.Fail, 3.5, 4.6, "achieved"},
		{"resolved before the end of the damage", during(12*sec, 15*sec, firing, quiet), drill.Pass, drill.Pass, 3.5, 4.6, ""},
		{"already before", during(2*sec, 40*sec, firing, quiet), drill.Inconclusive, drill.Inconclusive, 0, 0, "already before the damage"},
		{"pending before", func(t time.Duration) string {
			switch {
			case t < 5*sec:
				return quiet
			case t < 10*sec:
				return pending
			}
			return firing
		}, drill.Inconclusive, drill.Inconclusive, 0, 0, "pending already before"},
		{"pending before, and over again", func(t time.Duration) string {
			switch {
			case t > 5*sec && t < 9*sec:
				return pending
			case t > 12*sec && t < 22*sec:
				return firing
			}
			return quiet
		}, drill.Pass, drill.Pass, 3.5, 4.6, ""},
		{"no such rule", during(0, 40*sec, drill.AlertUnknown, ""), drill.Inconclusive, drill.Inconclusive, 0, 0, "has no alerting rule Down"},
		{"no answer at all", during(0, 0, firing, ""), drill.Inconclusive, drill.Inconclusive, 0, 0, "did not answer from 0.00 s on: connection refused"},
		{"no answer before the damage", func(t time.Duration) string {
			return map[bool]string{true: "", false: firing}[t < 9*sec]
		}, drill.Inconclusive, drill.Inconclusive, 0, 0, "not looked up before"},
		{"no answer when it mattered", func(t time.Duration) string {
			return map[bool]string{true: "", false: quiet}[t > 9*sec && t < 20*sec]
		}, drill.Inconclusive, drill.Inconclusive, .5, .5, "after which nobody looked"},
		{"no answer before it fired", func(t time.Duration) string {
			switch {
			case t > 9*sec && t < 16*sec:
				return ""
			case t > 16*sec && t < 22*sec:
				return firing
			}
			return quiet
		}, drill.Inconclusive, drill.Pass, .5, 8.6, "some had no answer"},
	} {
		sp := spec(50, 0)
		sp.Monitoring = &drill.MonitoringSpec{Source: drill.Prometheus, URL: "http://p", Interval: sec, Alerts: []drill.AlertSpec{alert}}
		sp.Objectives = alert.Objectives("alerts.Down", 6*sec, 5*sec)
		l := log(8*sec, 20*sec, 30*sec)
		watching(&l, alert, c.state)
		a := measure(t, l, newModel(1).stream(sp, 29*sec), nil, sp)
		rs, _, why := drill.Judge(sp, a)
		if rs[0].Verdict != c.fires || rs[1].Verdict != c.resolves || !strings.Contains(why, c.says) {
			t.Errorf("%s: fires %s, resolves %s, want %s, %s: %s", c.name, rs[0].Verdict, rs[1].Verdict, c.fires, c.resolves, why)
		}
		if r := rs[0].Reading; r.Known && (math.Abs(r.Low-c.low) > 1e-9 || math.Abs(r.High-c.high) > 1e-9) {
			t.Errorf("%s: %g to %g, want %g to %g", c.name, r.Low, r.High, c.low, c.high)
		}
		if all := a.Reading(drill.MetricAlertFires); all.Known != rs[0].Reading.Known || all.High != rs[0].Reading.High {
			t.Errorf("%s: the slowest is %+v", c.name, all)
		}
	}
}

// An alert of one step's damage is measured from that step, and another's from
// the first to the last.
func TestAlertsOfSteps(t *testing.T) {
	t.Parallel()
	sp := spec(50, 0)
	sp.Steps = append(sp.Steps, drill.StepSpec{ID: "steps[1]", Fault: "pause", Targets: []string{"a-api-2"}, For: 3 * sec})
	second := drill.AlertSpec{Name: "Second", Step: "steps[1]"}
	sp.Monitoring = &drill.MonitoringSpec{Source: drill.Alertmanager, URL: "http://a", Interval: sec, Alerts: []drill.AlertSpec{{Name: "Any"}, second}}
	l := log(8*sec, 10*sec, 30*sec)
	for _, e := range []drill.Event{at(13*sec, drill.KindFaultFired, ""), at(13*sec, drill.KindFaultApplied, ""), at(16*sec, drill.KindFaultReverted, "")} {
		e.Step = "steps[1]"
		l.Events = append(l.Events, e)
	}
	watching(&l, drill.AlertSpec{Name: "Any"}, during(9*sec, 18*sec, drill.AlertFiring, drill.AlertInactive))
	watching(&l, second, during(15*sec, 18*sec, drill.AlertFiring, drill.AlertInactive))
	a := measure(t, l, newModel(1).stream(sp, 29*sec), nil, sp)
	for metric, want := range map[string]float64{
		drill.MetricAlertFires + " Any": 1.6, drill.MetricResolves + " Any": 2.6,
		drill.MetricAlertFires + " Second": 2.6, drill.MetricResolves + " Second": 2.6,
	} {
		if r := a.Reading(metric); !r.Known || math.Abs(r.High-want) > 1e-9 {
			t.Errorf("%s: %+v, want at most %g", metric, r, want)
		}
	}
	if len(a.Alerts) != 2 || a.Alerts[1].FiredAt == nil || *a.Alerts[1].FiredAt != 15600*ms || *a.Alerts[1].ResolvedAt != 18600*ms {
		t.Errorf("%+v", a.Alerts)
	}
}

func TestSelectors(t *testing.T) {
	t.Parallel()
	a := drill.AlertSpec{Name: "Down", Labels: map[string]string{"region": `a"b`, "env": "x"}}
	if got, want := a.Selector(), `Down{env="x",region="a\"b"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, c := range []struct {
		labels map[string]string
		fits   bool
	}{
		{map[string]string{"alertname": "Down", "region": `a"b`, "env": "x", "more": "y"}, true},
		{map[string]string{"alertname": "Down", "env": "x"}, false},
		{map[string]string{"alertname": "Up", "region": `a"b`, "env": "x"}, false},
	} {
		if a.Fits(c.labels) != c.fits {
			t.Errorf("%v: %v", c.labels, !c.fits)
		}
	}
	if m, alert := drill.SplitMetric(drill.MetricResolves + " " + a.Selector()); m != drill.MetricResolves || alert != a.Selector() {
		t.Errorf("%s of %s", m, alert)
	}
	if m, alert := drill.SplitMetric(drill.MetricRTA); m != drill.MetricRTA || alert != "" {
		t.Errorf("%s of %s", m, alert)
	}
}
