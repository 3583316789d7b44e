package reports

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// outages is one row for each outage of the run, over all routes, as clients saw
// it; and one for each incident of a route where several routes are used.
func outages(p *page, rec drill.Record) {
	if len(rec.Analysis.Incidents) == 0 && len(rec.Analysis.Faults) == 0 {
		return // nothing was done that could have caused one
	}
	p.section("OUTAGES", "as clients saw them, by intended start")
	if len(rec.Analysis.Incidents) == 0 {
		if served(rec) {
			p.para("", "none: no route was ever down", good)
			tookOver(p, rec)
		} else {
			p.para("", "not known: no request was measured", unsure)
		}
		return
	}
	g := grid{cols: []column{{head: "route"}, {head: "began", right: true}, {head: "RTA", right: true}, {head: "between", right: true},
		{head: "downtime", right: true}, {head: "flaps", right: true}, {head: "during", drop: 1}, {head: "errors", flex: true}}}
	for _, i := range incidentRows(rec.Analysis) {
		rta := incidentRTA(i)
		g.add(cell{text: i.Route}, cell{text: figures.Instant(i.Start)}, cell{figures.Achieved(rta), incidentTone(i)}, cell{text: figures.Bounds(rta)},
			cell{text: figures.Seconds(i.Downtime.Seconds())}, cell{text: figures.Count(uint64(i.Flaps))}, cell{text: i.Cause}, cell{text: classes(i.Bad)})
	}
	p.grid(&g)
	for _, i := range rec.Analysis.Incidents {
		if !i.IsRecovered {
			p.para(bullet+i.Route+": ", "had not recovered when the load ended", bad)
		}
	}
	tookOver(p, rec)
}

// incidentRows puts each outage of the run before the incidents it is made of. A
// drill of one route has no need to say everything twice.
func incidentRows(a drill.Analysis) []drill.Incident {
	routes := map[string]bool{}
	for _, s := range a.Load.Streams {
		routes[s.Route] = true
	}
	if len(routes) < 2 || len(a.Outages) == 0 {
		return a.Incidents
	}
	var rows []drill.Incident
	rest := a.Incidents
	for _, o := range a.Outages {
		rows = append(rows, o)
		for _, i := range rest {
			if i.Start >= o.Start && i.Start <= o.Recovered {
				rows = append(rows, i)
			}
		}
	}
	return rows
}

// tookOver says when survivors served for a lost region.
func tookOver(p *page, rec drill.Record) {
	if len(rec.Analysis.Shifts) == 0 {
		return
	}
	r, text := rec.Analysis.Reading(drill.MetricShift), ""
	switch {
	case !r.Known:
		p.para(bullet+"taken over: ", "not known: "+r.Why, unsure)
		return
	case r.Censored:
		p.para(bullet+"taken over: ", "by nobody while the damage lasted", bad)
		return
	}
	for _, s := range rec.Analysis.Shifts {
		text = join(", ", text, "by "+s.Region+" at "+figures.Instant(s.At)+" ("+s.Step+")")
	}
	p.para(bullet+"taken over: ", text+"; at the latest "+figures.Amount(r.Value, r.Unit)+" after the fault was in force"+between(r), plain)
}

func between(r drill.Reading) string {
	if b := figures.Bounds(r); b != "" {
		return " (" + b + ")"
	}
	return ""
}

func served(rec drill.Record) bool {
	return slices.ContainsFunc(rec.Analysis.Phases, func(ph drill.PhaseStats) bool { return ph.Good > 0 })
}

// incidentRTA is t_R - t_A with the bounds of measuring.md 1.5 rule 2.
func incidentRTA(i drill.Incident) drill.Reading {
	return drill.Reading{
		Value: (i.Recovered - i.Start).Seconds(), Low: (i.RecoveredLow - i.StartHigh).Seconds(), High: (i.RecoveredHigh - i.StartLow).Seconds(),
		Unit: drill.Seconds, Known: true, Censored: !i.IsRecovered,
	}
}

func incidentTone(i drill.Incident) tone {
	if i.IsRecovered {
		return plain
	}
	return bad
}

// classes lists bad requests by class, the most frequent first.
func classes(by map[string]uint64) string {
	names := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		return cmp.Or(cmp.Compare(by[b], by[a]), strings.Compare(a, b))
	})
	var parts []string
	for _, n := range names {
		if by[n] > 0 {
			parts = append(parts, figures.Count(by[n])+" "+n)
		}
	}
	return strings.Join(parts, ", ")
}
