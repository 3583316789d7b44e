package reports

import (
	"fmt"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/charts"
)

// shownLanes bounds the lanes of damage; more would fill pages.
const shownLanes = 12

// lanesOf are the lines of what happened when.
func lanesOf(rec drill.Record) []charts.Lane {
	end := lastInstant(rec).Seconds()
	lanes := append(phaseLane(rec, end), faultLanes(rec, end)...)
	lanes = append(lanes, actionLane(rec, end)...)
	lanes = append(lanes, outageLanes(rec, end)...)
	lanes = append(lanes, alertLanes(rec)...)
	return append(lanes, systemLanes(rec)...)
}

func phaseLane(rec drill.Record, end float64) []charts.Lane {
	l := charts.Lane{Name: "Phases"}
	for _, p := range rec.Analysis.Phases {
		l.Spans = append(l.Spans, charts.Band{From: p.Start.Seconds(), To: min(end, p.End.Seconds()), Ink: charts.Phase, Label: p.Name})
	}
	if len(l.Spans) == 0 {
		return nil
	}
	for _, s := range l.Spans[1:] {
		l.Marks = append(l.Marks, charts.Mark{At: s.From, Ink: charts.Text})
	}
	return []charts.Lane{l}
}

func faultLanes(rec drill.Record, end float64) []charts.Lane {
	var out []charts.Lane
	for i, f := range rec.Analysis.Faults {
		from, to, ok := faultWindow(f, end)
		if !ok {
			continue
		}
		if len(out) == shownLanes {
			out[shownLanes-1].Name += fmt.Sprintf(", and %d more from here on", len(rec.Analysis.Faults)-i)
			break
		}
		l := charts.Lane{Name: faultCode(i) + "  " + f.Step.Text, Spans: []charts.Band{{From: from, To: to, Ink: charts.Fault}}}
		if f.IsInForce {
			l.Marks = []charts.Mark{{At: f.InForce.Seconds(), Ink: charts.Text}}
		}
		out = append(out, l)
	}
	return out
}

// actionLane are the steps that do no damage: programs, and questions to the operator.
func actionLane(rec drill.Record, end float64) []charts.Lane {
	l := charts.Lane{Name: "Actions and confirmations"}
	for _, a := range rec.Spec.Actions {
		began, ended := actionEvents(rec, a.ID)
		if began == nil {
			continue
		}
		to := end
		if ended != nil {
			to = ended.At.Seconds()
		}
		l.Spans = append(l.Spans, charts.Band{From: began.At.Seconds(), To: to, Ink: charts.P50})
	}
	if len(l.Spans) == 0 {
		return nil
	}
	return []charts.Lane{l}
}

func outageLanes(rec drill.Record, end float64) []charts.Lane {
	var out []charts.Lane
	for _, route := range []string{drill.Read.String(), drill.Write.String()} {
		l := charts.Lane{Name: capital(route) + "s down for clients"}
		for _, x := range rec.Analysis.Incidents {
			if x.Route == route {
				from, to := incidentWindow(x, end)
				l.Spans = append(l.Spans, charts.Band{From: from, To: to, Ink: charts.Outage})
			}
		}
		if len(l.Spans) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// alertLanes are the times in which alerts fired, one lane each.
func alertLanes(rec drill.Record) []charts.Lane {
	var out []charts.Lane
	for _, a := range rec.Analysis.Alerts[:min(len(rec.Analysis.Alerts), shownLanes)] {
		l := charts.Lane{Name: "Alert " + a.Text}
		for _, s := range a.Spans {
			if s.State == drill.AlertFiring {
				l.Spans = append(l.Spans, charts.Band{From: s.From.Seconds(), To: s.To.Seconds(), Ink: charts.Detect})
			}
		}
		out = append(out, l)
	}
	return out
}

// systemLanes are what the system said of itself.
func systemLanes(rec drill.Record) []charts.Lane {
	health := charts.Lane{Name: "Health reports: worse (red), better (green)"}
	moves := charts.Lane{Name: "Leaders and routes"}
	for _, e := range rec.Timeline {
		at := e.At.Seconds()
		switch {
		case e.Kind == drill.KindHealth:
			health.Marks = append(health.Marks, charts.Mark{At: at, Ink: pick(e.Data["to"] == drill.Unhealthy, charts.Bad, charts.Good)})
		case e.Kind == drill.KindLeader || e.Kind == drill.KindRoute:
			moves.Marks = append(moves.Marks, charts.Mark{At: at, Ink: charts.P50})
		}
	}
	found := charts.Lane{Name: "Detections"}
	for _, d := range rec.Analysis.Detections {
		found.Marks = append(found.Marks, charts.Mark{At: d.At.Seconds(), Ink: charts.Detect})
	}
	var out []charts.Lane
	for _, l := range []charts.Lane{found, health, moves} {
		if len(l.Marks) > 0 {
			out = append(out, l)
		}
	}
	return out
}

func laneKeys(rec drill.Record) []htmlKey {
	if len(rec.Analysis.Faults) == 0 {
		return nil
	}
	return []htmlKey{{Ink: string(charts.Fault), Text: "damage, from command to proved gone; the stroke is “proved in force”"}, {Ink: string(charts.Outage), Text: "outage"}}
}
