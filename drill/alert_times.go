package drill

import (
	"fmt"
	"strings"
	"time"
)

// The damage that an alert is about: when it was ordered, in force and gone.
type damage struct {
	fired, early, inForce, gone time.Duration
	known, isGone               bool
}

// damageOf is that of the alert's step, or of all steps: in force with the first
// and gone with the last.
func (m *measurement) damageOf(a AlertSpec) damage {
	d := damage{fired: never, early: never, inForce: never, isGone: true}
	for _, f := range m.marks.faults {
		if a.Step != "" && f.Step.ID != a.Step {
			continue
		}
		d.isGone = d.isGone && f.IsGone
		d.gone = max(d.gone, f.Gone)
		if !f.IsInForce || f.InForce >= d.inForce {
			continue
		}
		d.known, d.inForce, d.early = true, f.InForce, f.InForce
		d.fired = min(d.fired, f.InForce)
		if f.IsFired {
			d.fired = min(d.fired, f.Fired)
		}
		if f.Step.Outside && f.IsFired {
			d.early = f.Fired
		}
	}
	d.isGone = d.isGone && d.known
	return d
}

// alertReadings are two for each alert, and first the slowest of all.
func (m *measurement) alertReadings(reports []AlertReport) []Reading {
	var fires, resolves []Reading
	for _, r := range reports {
		d := m.damageOf(r.Alert)
		f := m.fires(r, d)
		fires, resolves = append(fires, f), append(resolves, m.resolves(r, d, f))
	}
	if len(fires) == 0 {
		return nil
	}
	return append([]Reading{slowest(MetricAlertFires, fires), slowest(MetricResolves, resolves)}, append(fires, resolves...)...)
}

// slowest joins the readings of all alerts; one that is not known leaves the
// whole unknown.
func slowest(metric string, all []Reading) Reading {
	out := known(metric, Seconds, 0, 0, 0, all[0].Clock)
	for _, r := range all {
		if !r.Known {
			return unknown(metric, Seconds, OfAlert(r.Metric)+": "+r.Why)
		}
		out.Value, out.Low, out.High = max(out.Value, r.Value), max(out.Low, r.Low), max(out.High, r.High)
		out.Censored = out.Censored || r.Censored
	}
	return out
}

// unseenAlert says why nothing can be said of an alert, "" if something can. What
// fired or was about to before the damage is no answer to it.
func (m *measurement) unseenAlert(r AlertReport, d damage) string {
	was, seen := r.before(d.fired)
	switch gap, silent := m.watched.gapIn(0, never); {
	case !d.known:
		return "no fault was proved in force"
	case !m.watched.answered && silent:
		return gap.text()
	case !m.watched.answered || len(r.Spans) == 0:
		return "nobody looked it up"
	case r.Spans[len(r.Spans)-1].State == AlertUnknown:
		return fmt.Sprintf("%s has no alerting rule %s", m.spec.Monitoring.Who(), r.Alert.Name)
	case !seen:
		return "it was not looked up before the damage, so nobody knows whether it fired already"
	case was.State == AlertFiring || was.State == AlertSuppressed:
		return "it fired already before the damage"
	case was.State == AlertPending && pendingInto(r, was):
		return "it was pending already before the damage, and fired for that"
	}
	return ""
}

// pendingInto says whether a state went over into firing.
func pendingInto(r AlertReport, was AlertState) bool {
	for i, s := range r.Spans[1:] {
		if r.Spans[i] == was {
			return s.State == AlertFiring || s.State == AlertSuppressed
		}
	}
	return false
}

// fires is from the damage in force to the alert: between the last poll that did
// not see it fire and the first that did.
func (m *measurement) fires(r AlertReport, d damage) Reading {
	name := alertMetric(MetricAlertFires, r.Alert)
	if why := m.unseenAlert(r, d); why != "" {
		return unknown(name, Seconds, why)
	}
	at := func(t time.Duration) float64 { return max(0, (t - d.inForce).Seconds()) }
	clock := fmt.Sprintf("fault in force (t_inj) to the alert firing, polled every %s", m.spec.Monitoring.Interval)
	i := r.fired(d.fired)
	if i < 0 {
		quiet := m.watched.last
		if g, ok := m.watched.gapIn(d.inForce, quiet); ok {
			quiet = g.from
		}
		out := known(name, Seconds, at(quiet), at(quiet), at(quiet), clock)
		out.Censored, out.Why = true, r.quiet(m.spec.Monitoring.Source)
		return out
	}
	quiet, first := r.Spans[i-1].To, r.Spans[i].From
	if g, ok := m.watched.gapIn(d.inForce, quiet); ok {
		quiet = g.from
	}
	return known(name, Seconds, at(first), max(0, (quiet-d.inForce).Seconds()), max(0, (first-d.early).Seconds()), clock)
}

// quiet says how an alert was when it did not fire.
func (r AlertReport) quiet(source string) string {
	seen := map[string]bool{}
	for _, s := range r.Spans {
		seen[s.State] = true
	}
	switch {
	case seen[AlertSuppressed]:
		return "it was suppressed, by a silence or an inhibition: nobody was told"
	case seen[AlertPending]:
		return "it was pending and never fired"
	case source == Alertmanager:
		return "it never reached Alertmanager, which cannot tell whether there is such a rule"
	}
	return "it never fired"
}

// resolves is from the damage gone to the alert gone for good: between the last
// poll that saw it fire and the next. One that resolved before is 0.
func (m *measurement) resolves(r AlertReport, d damage, fired Reading) Reading {
	name := alertMetric(MetricResolves, r.Alert)
	switch {
	case !fired.Known:
		return unknown(name, Seconds, fired.Why)
	case !d.isGone:
		return unknown(name, Seconds, "the damage was not proved gone")
	case fired.Censored:
		return unknown(name, Seconds, fired.Why)
	}
	at := func(t time.Duration) float64 { return max(0, (t - d.gone).Seconds()) }
	clock := fmt.Sprintf("fault gone (t_rev) to the alert resolved for good, polled every %s", m.spec.Monitoring.Interval)
	i := r.lastFiring(d.fired)
	last := at(r.Spans[i].To)
	if i+1 == len(r.Spans) {
		out := known(name, Seconds, last, last, last, clock)
		out.Censored, out.Why = true, "it still fired when it was last looked up"
		return out
	}
	next := at(r.Spans[i+1].From)
	return known(name, Seconds, next, last, next, clock)
}

// alertText is why a target for an alert was missed or could not be judged.
func alertText(r Result) string {
	metric, _ := SplitMetric(r.Objective.Metric)
	rd := r.Reading
	switch {
	case OfAlert(r.Objective.Metric) == "":
		return ""
	case rd.Censored && r.Verdict == Fail:
		return fmt.Sprintf("%s within %s, wanted %s %s", strings.TrimPrefix(rd.Why, "it "), Seconds.text(rd.Low), r.Objective.Op.text(), Seconds.precise(r.Objective.Target, 9))
	case rd.Censored && metric == MetricAlertFires:
		return fmt.Sprintf("it did not fire for %s, after which nobody looked: observe for longer", Seconds.text(rd.Low))
	case rd.Censored:
		return fmt.Sprintf("%s, %s after the fault was gone: observe for longer", rd.Why, Seconds.text(rd.Low))
	case r.Verdict == Inconclusive:
		return fmt.Sprintf("the polls saw it change between %s and %s, which straddles %s: poll more often, or see why some had no answer", decimal(rd.Low, 4), Seconds.text(rd.High), Seconds.precise(r.Objective.Target, 9))
	}
	return ""
}
