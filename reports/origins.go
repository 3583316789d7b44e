package reports

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// origins shows what each group of clients saw: who was hurt, for how long, and
// who served them meanwhile.
func origins(p *page, rec drill.Record) {
	all := rec.Analysis.Origins
	if len(all) == 0 {
		return
	}
	p.section("CLIENTS BY REGION", "the same definitions, for the requests of each group")
	g := grid{cols: []column{{head: "near"}, {head: "share", right: true, drop: 1}}}
	for _, n := range phaseNames(rec) {
		g.cols = append(g.cols, column{head: n, right: true})
	}
	g.cols = append(g.cols, column{head: "RTA", right: true}, column{head: "between", right: true, drop: 2}, column{head: "served by, in the fault phase", flex: true})
	for _, o := range all {
		row := []cell{{text: o.Region}, {text: figures.Trimmed(100*o.Share) + " %"}}
		for _, n := range phaseNames(rec) {
			row = append(row, cell{text: originSuccess(o, n)})
		}
		rta := rec.Analysis.Reading(drill.OriginMetric(drill.MetricRTA, o.Region))
		g.add(append(row, cell{figures.Achieved(rta), originTone(rta)}, cell{text: figures.Bounds(rta)}, cell{text: servedBy(o)})...)
	}
	p.grid(&g)
	for _, o := range all {
		for _, i := range o.Outages {
			p.para(bullet+o.Region+": ", "down from "+figures.Instant(i.Start)+" to "+originEnd(i), pick(i.IsRecovered, plain, bad))
		}
	}
}

// originSuccess is the good part of a group's requests of one phase.
func originSuccess(o drill.OriginReport, phase string) string {
	for _, ph := range o.Phases {
		if known := ph.Good + ph.Bad; ph.Name == phase && known > 0 {
			return figures.Percent(float64(ph.Good) / float64(known))
		}
	}
	return "none"
}

func originTone(r drill.Reading) tone {
	switch {
	case !r.Known:
		return unsure
	case r.Censored:
		return bad
	case r.Value == 0:
		return good
	}
	return plain
}

func originEnd(i drill.Incident) string {
	if !i.IsRecovered {
		return "the end of the load"
	}
	return join("; ", figures.Instant(i.Recovered), classes(i.Bad))
}

// servedBy lists the regions that answered a group under the damage, the busiest
// first.
func servedBy(o drill.OriginReport) string {
	for _, ph := range o.Phases {
		if ph.Name != drill.PhaseFault {
			continue
		}
		regions := slices.SortedFunc(maps.Keys(ph.ByRegion), func(a, b string) int {
			return cmp.Or(cmp.Compare(ph.ByRegion[b], ph.ByRegion[a]), strings.Compare(a, b))
		})
		var parts []string
		for _, r := range regions {
			parts = append(parts, r+" "+figures.Share(ph.ByRegion[r], ph.Good))
		}
		return strings.Join(parts, ", ")
	}
	return ""
}
