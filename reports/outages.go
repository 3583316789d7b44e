package reports

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
)

// outages is one row for each incident of each route, as clients saw it.
func outages(p *page, rec drill.Record) {
	if len(rec.Analysis.Incidents) == 0 && len(rec.Analysis.Faults) == 0 {
		return // nothing was done that could have caused one
	}
	p.section("OUTAGES", "as clients saw them, by intended start")
	if len(rec.Analysis.Incidents) == 0 {
		if served(rec) {
			p.para("", "none: no route was ever down", good)
		} else {
			p.para("", "not known: no request was measured", unsure)
		}
		return
	}
	g := grid{cols: []column{{head: "route"}, {head: "began", right: true}, {head: "RTA", right: true}, {head: "between", right: true},
		{head: "downtime", right: true}, {head: "flaps", right: true}, {head: "during", drop: 1}, {head: "errors", flex: true}}}
	for _, i := range rec.Analysis.Incidents {
		rta := incidentRTA(i)
		g.add(cell{text: i.Route}, cell{text: instant(i.Start)}, cell{achieved(rta), incidentTone(i)}, cell{text: bounds(rta)},
			cell{text: seconds(i.Downtime.Seconds())}, cell{text: count(uint64(i.Flaps))}, cell{text: i.Cause}, cell{text: classes(i.Bad)})
	}
	p.grid(&g)
	for _, i := range rec.Analysis.Incidents {
		if !i.IsRecovered {
			p.para(bullet+i.Route+": ", "had not recovered when the load ended", bad)
		}
	}
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
			parts = append(parts, count(by[n])+" "+n)
		}
	}
	return strings.Join(parts, ", ")
}
