package reports

import (
	"io"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
)

// sections of the table, in the order of what a reader wants first. One with
// nothing to tell writes nothing.
var sections = []func(*page, drill.Record){
	headline, objectives, recordBaseline, drift, faults, actions, outages, detections, phases, regions, origins, writes, intruders, budget, notes, notices, notMeasured, policy,
}

func renderTable(w io.Writer, rec drill.Record, o Options) error {
	p := newPage(o)
	for _, s := range sections {
		s(p, rec)
	}
	return p.flush(w)
}

func notes(p *page, rec drill.Record) {
	if len(rec.Analysis.Notes) == 0 {
		return
	}
	p.section("NOTES", "")
	for _, n := range rec.Analysis.Notes {
		p.para(bullet, n, plain)
	}
}

// notMeasured lists what nobody measured: another fact than a missing number.
// Objectives that could not be answered say so in their own table already.
func notMeasured(p *page, rec drill.Record) {
	g := grid{cols: []column{{}, {flex: true}}}
	for _, n := range rec.NotMeasured {
		asked := func(r drill.Result) bool { return r.Objective.Metric == n.Metric && r.Reason != "" }
		if !slices.ContainsFunc(rec.Objectives, asked) {
			g.texts(n.Metric, n.Reason)
		}
	}
	if len(g.rows) == 0 {
		return
	}
	p.section("NOT MEASURED", "")
	p.grid(&g)
}

// join is strings.Join without empty parts.
func join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}
