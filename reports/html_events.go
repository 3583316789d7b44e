package reports

import (
	"fmt"
	"slices"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// An htmlEvent is one line of what happened when.
type htmlEvent struct{ At, What, Class string }

// shownEvents bounds the list; the record holds all.
const shownEvents = 80

// htmlEvents are the events that a reader follows a drill by: phases, damage,
// first detections, leaders, routes, instances, outages. Further health reports
// are only counted.
func htmlEvents(rec drill.Record) ([]htmlEvent, string) {
	type timed struct {
		at time.Duration
		htmlEvent
	}
	var all []timed
	add := func(at time.Duration, what, class string) {
		all = append(all, timed{at, htmlEvent{figures.Instant(at), cleanText(what), class}})
	}
	health := 0
	for _, e := range rec.Timeline {
		if e.Kind == drill.KindHealth {
			health++
			continue
		}
		if what, class := eventText(e); what != "" {
			add(e.At, clip(what), class)
		}
	}
	for _, d := range rec.Analysis.Detections {
		add(d.At, fmt.Sprintf("%s noticed %s (%s after the damage)", d.By, d.Subject, figures.Seconds(d.After.Seconds())), "detect")
	}
	for _, i := range rec.Analysis.Incidents {
		add(i.Start, i.Route+"s: the outage begins", "bad")
		if i.IsRecovered {
			add(i.Recovered, i.Route+"s: good again", "good")
		}
	}
	slices.SortStableFunc(all, func(a, b timed) int { return int(a.at - b.at) })
	var out []htmlEvent
	for _, e := range all[:min(len(all), shownEvents)] {
		out = append(out, e.htmlEvent)
	}
	more := ""
	if rest := len(all) - shownEvents; rest > 0 {
		more = figures.Plural(rest, "further event")
	}
	if health > 0 {
		more = join(" and ", more, figures.Plural(health, "health report"))
	}
	if more != "" {
		more += " in the record"
	}
	return out, more
}

var phaseTexts = map[string]string{
	drill.PhaseWarmup: "the load starts; nothing counts yet", drill.PhaseSteady: "steady: the baseline is measured",
	drill.PhaseFault: "the fault phase begins", drill.PhaseSettle: "the damage is over: the system settles", drill.PhaseEnd: "the load ends",
}

var (
	alertClass  = map[string]string{drill.AlertFiring: "detect", drill.AlertSuppressed: "bad", drill.AlertUnknown: "bad"}
	sourceTexts = map[string]string{drill.SourceAnswers: "answers: alerts are watched", drill.SourceSilent: "does not answer", drill.SourceLeft: "is watched no longer"}
)

var faultTexts = map[drill.Kind]string{drill.KindFaultUnproved: "not proved in force", drill.KindFaultStuck: "could not be taken back", drill.KindFaultLost: "not in force any more"}

// actionText is about what people and programs did.
func actionText(e drill.Event) (what, class string) {
	switch e.Kind {
	case drill.KindActionBegan:
		return join(": ", e.Step, e.Note), ""
	case drill.KindActionFailed:
		return join(": ", e.Step+" failed", e.Note), "bad"
	case drill.KindDeclared:
		return "the disaster is declared" + pick(e.Data["by"] != "", " by "+e.Data["by"], ""), "strong"
	}
	return e.Step + ": " + doneBy(e), ""
}

func eventText(e drill.Event) (what, class string) {
	to := e.Data["to"]
	switch e.Kind {
	case drill.KindPhase:
		return pick(phaseTexts[e.Subject] != "", phaseTexts[e.Subject], "phase "+e.Subject), "dim"
	case drill.KindFaultFired:
		return e.Step + ": commanded", "fault"
	case drill.KindFaultApplied:
		return e.Step + ": proved in force", "fault"
	case drill.KindFaultReverted:
		return e.Step + ": proved gone", "fault"
	case drill.KindFaultUnproved, drill.KindFaultStuck, drill.KindFaultLost:
		return join(": ", e.Step, faultTexts[e.Kind], e.Note), "bad"
	case drill.KindActionBegan, drill.KindActionDone, drill.KindActionFailed, drill.KindDeclared:
		return actionText(e)
	case drill.KindLeader:
		return e.Subject + pick(to == "fenced", " is fenced off: it leads no longer", " leads"), ""
	case drill.KindRoute:
		return e.Subject + " is answered with " + pick(to == "", "nothing", to), ""
	case drill.KindInstance:
		return join(": ", e.Subject+" "+to, e.Note), ""
	case drill.KindAlert:
		return "alert " + e.Subject + ": " + to, alertClass[to]
	case drill.KindMonitoring:
		return join(": ", e.Subject+" "+sourceTexts[to], e.Note), pick(to == drill.SourceSilent, "bad", "dim")
	case drill.KindAbort, drill.KindInterrupt:
		return join(": ", string(e.Kind), e.Note), "bad"
	case drill.KindNote:
		return join(": ", e.Subject, e.Note), ""
	}
	return "", ""
}
