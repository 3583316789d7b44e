package quarter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/people"
)

// told are the events worth a line in a report that people read.
var told = map[drill.Kind]string{drill.KindPhase: "phase", drill.KindFaultFired: "damage ordered", drill.KindFaultApplied: "damage proved in force",
	drill.KindFaultUnproved: "damage NOT proved", drill.KindFaultReverted: "damage proved gone", drill.KindFaultStuck: "damage NOT taken back",
	drill.KindFaultLost: "damage NOT in force any more", drill.KindActionBegan: "step began", drill.KindActionDone: "step done", drill.KindActionFailed: "step FAILED",
	drill.KindDeclared: "DECISION: disaster declared", drill.KindLeader: "leader", drill.KindRoute: "traffic moved",
	drill.KindAbort: "DECISION: ABORTED", drill.KindInterrupt: "DECISION: INTERRUPTED"}

const mostEvents = 60

func timeline(s source) []string {
	var out []string
	for _, e := range s.rec.Timeline {
		word, ok := told[e.Kind]
		if !ok {
			continue
		}
		if len(out) == mostEvents {
			return append(out, "further events are in the run's events.jsonl")
		}
		text := strings.Join(slices.DeleteFunc([]string{e.Subject, e.Data["to"], e.Note}, func(t string) bool { return t == "" }), ", ")
		out = append(out, fmt.Sprintf("%s %s: %s %s", s.rec.Began.Add(e.At).UTC().Format("15:04:05.000"), actor(e), word, text))
	}
	for _, e := range s.run.People {
		if e.Kind == people.Note {
			out = append(out, fmt.Sprintf("%s %s (noted afterwards): %s", e.At.UTC().Format("2006-01-02 15:04:05"), pick(e.By != "", e.By, "somebody"), e.Text))
		}
	}
	return out
}

// actor is who did it: the drilled system, a person, or drillctl.
func actor(e drill.Event) string {
	switch {
	case e.Kind == drill.KindLeader || e.Kind == drill.KindRoute:
		return "system"
	case e.Data["by"] != "":
		return e.Data["by"]
	case e.Kind == drill.KindInterrupt:
		return "operator"
	}
	return "drillctl"
}

func recovery(s source) []string {
	var out []string
	for _, o := range s.rec.Objectives {
		if slices.Contains([]string{drill.MetricRTA, drill.MetricRPA, drill.MetricFailover}, o.Objective.Metric) {
			out = append(out, fmt.Sprintf("%s: target %s, achieved %s%s: %s", o.Objective.ID, target(o.Objective), achieved(o.Reading), pick(o.Reading.Clock != "", ", "+o.Reading.Clock, ""), o.Verdict))
		}
	}
	if len(out) == 0 {
		*s.gaps = append(*s.gaps, "a target")
		for _, m := range []string{drill.MetricRTA, drill.MetricRPA, drill.MetricFailover} {
			if r := s.rec.Analysis.Reading(m); r.Known {
				out = append(out, m+": achieved "+achieved(r))
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return append(out, fmt.Sprintf("method: the client's own requests, %g reads and %g writes a second, open loop; resolution %s", s.rec.Spec.Load.ReadRate, s.rec.Spec.Load.WriteRate, s.rec.Analysis.Load.Resolution.Round(time.Millisecond)))
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
	if n := s.rec.Attempt.PriorToday; n > 0 {
		out = append(out, fmt.Sprintf("%s of the same drill on the same day came before this one", plural(n, "attempt")))
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
