package quarter

import (
	"fmt"
	"slices"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// Headline is the quarter in one line, and whether that is good: the worst of
// what is known. A drill that is still to be done is never a pass.
func (q Quarter) Headline() (drill.Verdict, string) {
	missed, undone := 0, 0
	for _, s := range q.Scenarios {
		switch {
		case s.Discharged && s.Last == drill.Fail:
			missed++
		case !s.Discharged || s.Last != drill.Pass:
			undone++
		}
	}
	all := figures.Plural(len(q.Scenarios), "drill")
	switch {
	case q.hasBrokenEvidence():
		return drill.Fail, "The evidence is not whole"
	case missed > 0:
		return drill.Fail, fmt.Sprintf("%d of %s did not meet the objectives", missed, all)
	case q.Summary.Attempts == 0:
		return drill.Inconclusive, "No drill was attempted"
	case undone > 0:
		return drill.Inconclusive, fmt.Sprintf("%d of %s gave no answer the last time", undone, all)
	}
	return drill.Pass, fmt.Sprintf("The last run of each of %s met its objectives", all)
}

func (q Quarter) hasBrokenEvidence() bool {
	return len(q.Chain.Problems) > 0 || slices.ContainsFunc(q.Evidence, func(e RunEvidence) bool { return len(e.Problems) > 0 })
}

// Unstated are the numbers of the fields that nobody said anything about, or not
// all that is asked for.
func (x Exercise) Unstated() (none, partly []int) {
	for _, f := range x.Fields {
		switch {
		case !f.Stated:
			none = append(none, f.No)
		case len(f.Missing) > 0:
			partly = append(partly, f.No)
		}
	}
	return none, partly
}

// At is the cell of a combination; false is not drilled.
func (c Coverage) At(region, class, strategy string) (Cell, bool) {
	i := slices.IndexFunc(c.Cells, func(x Cell) bool { return x.Region == region && x.Class == class && x.Strategy == strategy })
	if i < 0 {
		return Cell{}, false
	}
	return c.Cells[i], true
}
