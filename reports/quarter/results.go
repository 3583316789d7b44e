package quarter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/people"
)

// told are the events worth a line in a report that people read.
var told = map[drill.Kind]string{drill.KindPhase: "phase", drill.KindFaultFired: "damage ordered", drill.KindFaultApplied: "damage proved in force",
	drill.KindFaultUnproved: "damage NOT proved", drill.KindFaultReverted: "damage proved gone", drill.KindFaultStuck: "damage NOT taken back",
	drill.KindFaultLost: "damage NOT in force any more", drill.KindActionBegan: "step began", drill.KindActionDone: "step done", drill.KindActionFailed: "step FAILED",
	drill.KindDeclared: "DECISION: disaster declared", drill.KindLeader: "leader", drill.KindRoute: "traffic moved", drill.KindAlert: "alert",
	drill.KindAbort: "DECISION: ABORTED", drill.KindInterrupt: "DECISION: INTERRUPTED"}

const mostEvents = 60

// A moment is one line of the timeline, by the clock of the log.
type moment struct {
	at   time.Duration
	text string
}

func timeline(s source) []string {
	all := append(events(s.rec.Timeline), seen(s.rec.Analysis)...)
	slices.SortStableFunc(all, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	var out []string
	for _, m := range all[:min(len(all), mostEvents)] {
		out = append(out, s.rec.Began.Add(m.at).UTC().Format("15:04:05.000")+" "+m.text)
	}
	if rest := len(all) - mostEvents; rest > 0 {
		out = append(out, figures.Plural(rest, "further event")+" in the run's events.jsonl")
	}
	for _, e := range s.run.People {
		if e.Kind == people.Note {
			out = append(out, fmt.Sprintf("%s %s (noted afterwards): %s", e.At.UTC().Format("2006-01-02 15:04:05"), pick(e.By != "", e.By, "somebody"), e.Text))
		}
	}
	return out
}

// events are those of the log that are worth a line.
func events(log []drill.Event) []moment {
	var out []moment
	for _, e := range log {
		if word, ok := told[e.Kind]; ok {
			text := strings.Join(slices.DeleteFunc([]string{e.Subject, e.Data["to"], e.Note}, func(t string) bool { return t == "" }), ", ")
			out = append(out, moment{e.At, actor(e) + ": " + word + " " + text})
		}
	}
	return out
}

// seen is what the system noticed first, and what its clients saw.
func seen(a drill.Analysis) []moment {
	var out []moment
	for _, d := range a.Detections {
		out = append(out, moment{d.At, d.By + ": noticed " + d.Subject})
	}
	for _, o := range a.Outages {
		out = append(out, moment{o.Start, "clients: the outage begins"})
		if o.IsRecovered {
			out = append(out, moment{o.Recovered, "clients: service is good again"})
		}
	}
	return out
}

// actor is who did it: the drilled system, a person, or drillctl.
func actor(e drill.Event) string {
	switch {
	case e.Kind == drill.KindLeader || e.Kind == drill.KindRoute:
		return "system"
	case e.Kind == drill.KindAlert:
		return "monitoring"
	case e.Data["by"] != "":
		return e.Data["by"]
	case e.Kind == drill.KindInterrupt:
		return "operator"
	}
	return "drillctl"
}

// recovered are the numbers that say how long it took, and how far back data was lost.
var recovered = []string{drill.MetricRTA, drill.MetricDeclared, drill.MetricRPA, drill.MetricFailover}

func recovery(s source) []string {
	var out []string
	for _, o := range s.rec.Objectives {
		if slices.Contains(recovered, o.Objective.Metric) {
			out = append(out, fmt.Sprintf("%s: target %s, achieved %s%s: %s", o.Objective.ID, figures.Target(o.Objective), achievedBeside(o), pick(o.Reading.Clock != "", ", "+o.Reading.Clock, ""), o.Verdict))
		}
	}
	if len(out) == 0 {
		*s.gaps = append(*s.gaps, "a target")
		for _, m := range recovered {
			if r := s.rec.Analysis.Reading(m); r.Known {
				out = append(out, m+": achieved "+achieved(r))
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return append(out, fmt.Sprintf("method: the client's own requests, %g reads and %g writes a second, open loop; resolution %s", s.rec.Spec.Load.ReadRate, s.rec.Spec.Load.WriteRate, figures.Latency(s.rec.Analysis.Load.Resolution)))
}

func integrity(s source) []string {
	l := s.rec.Analysis.Ledger
	switch {
	case l == nil:
		return []string{"not examined: the drill read nothing back"}
	case !l.Known:
		return []string{"not known: " + l.Why}
	}
	return []string{fmt.Sprintf("%d writes acknowledged of %d; %d lost, %d duplicated, %d unexpected, %d resurrected, %d stale reads", l.Acked, l.Attempted, l.Lost, l.Duplicated, l.Unexpected, l.Resurrected, l.StaleReads),
		"method: numbered writes, reconciled with repeated complete reads after the drill"}
}

func failback(s source) []string {
	out := []string{pick(s.rec.Cleanup.Verified, "all damage was proved to be taken back", "it was NOT proved that all damage was taken back")}
	if r := s.rec.Analysis.Reading(drill.MetricFailback); r.Known || r.Why != "" {
		out = append(out, "fail-back: "+achieved(r))
	}
	return append(out, s.rec.Cleanup.Residue...)
}

func deviations(s source) []string {
	var out []string
	if s.rec.Outcome != "completed" {
		out = append(out, "the drill did not complete: "+s.rec.Outcome+pick(s.rec.Reason != "", ", "+s.rec.Reason, ""))
	}
	for _, i := range s.rec.Analysis.Invalid {
		out = append(out, i.Code+": "+i.Text)
	}
	for _, f := range s.rec.Analysis.Faults {
		if f.Problem != "" {
			out = append(out, f.Step.ID+": "+f.Problem)
		}
	}
	for _, e := range s.rec.Timeline {
		if by := e.Data["by"]; e.Kind == drill.KindActionDone && strings.HasSuffix(by, "(--yes)") {
			out = append(out, e.Step+": nobody was asked, "+by+" had confirmed everything beforehand")
		}
	}
	for _, p := range s.about.Participants {
		if p.Absent {
			out = append(out, p.Name+" was expected and did not take part")
		}
	}
	if n := s.rec.Attempt.PriorToday; n > 0 {
		out = append(out, fmt.Sprintf("%s of the same drill on the same day came before this one", figures.Plural(n, "attempt")))
	}
	if len(out) == 0 {
		return []string{"none: the drill went as written"}
	}
	return out
}

func worked(s source) []string {
	words := map[drill.Verdict][]string{}
	for _, o := range s.rec.Objectives {
		words[o.Verdict] = append(words[o.Verdict], o.Objective.ID)
	}
	out := []string{list("met", words[drill.Pass]), list("missed", words[drill.Fail]), list("not known", append(words[drill.Inconclusive], words[drill.Unjudged]...))}
	return append(out, s.rec.Analysis.Notes...)
}
