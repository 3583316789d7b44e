package reports

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/quarter"
)

// A quarterMatrix is what was drilled with one way of replication: classes of faults
// by regions.
type quarterMatrix struct {
	Strategy string
	Table    *htmlTable // nil: nothing was
}

func matrices(c quarter.Coverage) []quarterMatrix {
	var out []quarterMatrix
	for _, s := range c.Strategies {
		m := quarterMatrix{Strategy: s}
		if slices.ContainsFunc(c.Cells, func(x quarter.Cell) bool { return x.Strategy == s }) {
			m.Table = matrix(c, s)
		}
		out = append(out, m)
	}
	return out
}

// matrix has the longer list down, as a page is longer than it is wide, and no region
// nor class that does not apply at all.
func matrix(c quarter.Coverage, strategy string) *htmlTable {
	applies := func(region, class string) bool { return coverCell(c, region, class, strategy) != notApplicable }
	regions := slices.DeleteFunc(slices.Clone(c.Regions), func(region string) bool {
		return !slices.ContainsFunc(c.Classes, func(class string) bool { return applies(region, class) })
	})
	kinds := slices.DeleteFunc(slices.Clone(c.Classes), func(class string) bool {
		return !slices.ContainsFunc(regions, func(region string) bool { return applies(region, class) })
	})
	if len(regions) > len(kinds) {
		return cross("Region", regions, kinds, func(region, class string) htmlCell { return coverCell(c, region, class, strategy) })
	}
	return cross("Class of faults", kinds, regions, func(class, region string) htmlCell { return coverCell(c, region, class, strategy) })
}

func cross(corner string, down, across []string, at func(down, across string) htmlCell) *htmlTable {
	var rows [][]htmlCell
	for _, d := range down {
		row := cells(d)
		row[0].Class = "strong"
		for _, a := range across {
			row = append(row, at(d, a))
		}
		rows = append(rows, row)
	}
	return tableOf(append([]string{corner}, across...), rows)
}

var notApplicable = htmlCell{Text: "–", Class: "dim"}

func coverCell(c quarter.Coverage, region, class, strategy string) htmlCell {
	x, ok := c.At(region, class, strategy)
	switch {
	case ok:
		return htmlCell{Text: fmt.Sprintf("%d of %d passed", x.Passed, x.Runs), Class: pick(x.Passed == x.Runs, "good", pick(x.Passed == 0, "bad", "unsure"))}
	case c.Expects(region, class, strategy):
		return htmlCell{Text: "not drilled", Class: "gap"}
	}
	return notApplicable
}

// A quarterRun is one exercise with its 21 fields.
type quarterRun struct {
	quarter.Exercise
	Anchor, When        string
	Class, Symbol, Word string
	Gaps                string
	Table               *htmlTable
}

func quarterRuns(q quarter.Quarter) []quarterRun {
	var out []quarterRun
	for _, x := range q.Exercises {
		r := quarterRun{Exercise: x, Anchor: "run-" + htmlID(x.Run), When: x.Began.UTC().Format("2 January 2006, 15:04 UTC"), Gaps: gapsOf(x)}
		r.Class, r.Symbol, r.Word = verdictLook(x.Verdict)
		var rows [][]htmlCell
		for _, t := range x.Targets {
			class, symbol, word := verdictLook(t.Verdict)
			row := cells(t.ID, t.Target, t.Achieved, symbol+" "+pick(t.Verdict == drill.Pass, "Met", pick(t.Verdict == drill.Fail, "Missed", word)), t.Reason)
			row[0].Class, row[3].Class = "strong", class
			rows = append(rows, row)
		}
		r.Table = tableOf([]string{"Objective", "Target", "Achieved", "Verdict", "Why"}, rows)
		out = append(out, r)
	}
	return out
}

// gapsOf says which fields of an exercise nobody filled in.
func gapsOf(x quarter.Exercise) string {
	none, partly := x.Unstated()
	say := func(what string, fields []int) string {
		if len(fields) == 0 {
			return ""
		}
		var list []string
		for _, n := range fields {
			list = append(list, strconv.Itoa(n))
		}
		return what + ": " + join(", ", list...)
	}
	return join("; ", say("Not stated at all, field", none), say("not all of it, field", partly))
}
