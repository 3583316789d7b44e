package records

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/quarter"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

// trendQuarters are how many quarters before it the trends of one go back.
const trendQuarters = 4

// Quarter reads the run directories, which are the truth, and makes the
// report of them. What cannot be read is a problem of the evidence, and no end of
// the report.
func Quarter(root string, p quarter.Period, now time.Time) (quarter.Quarter, error) {
	runs, err := quarterRuns(root, p)
	if err != nil {
		return quarter.Quarter{}, err
	}
	found, err := evidence.Verify(root, evidence.Options{Only: func(id string, at time.Time) bool {
		if began, ok := (rundir.Dir{ID: id}).Began(); ok && at.IsZero() {
			at = began
		}
		return p.Contains(at)
	}})
	if err != nil {
		return quarter.Quarter{}, err
	}
	q := quarter.Make(p, withEvidence(runs, found), now, build.Tool())
	q.Chain.Head = found.Head
	for _, x := range found.Problems {
		if x.Run == "" {
			q.Chain.Problems = append(q.Chain.Problems, x.Text)
		}
	}
	for _, r := range runs {
		for _, problem := range r.Evidence.Problems {
			if !p.Contains(r.Registered) { // those of the quarter stand beside their runs
				q.Chain.Problems = append(q.Chain.Problems, "an earlier run is missing from trends and findings: "+problem)
			}
		}
	}
	return q, nil
}

// withEvidence adds what was found about each run, and the runs that the chain
// knows and that are gone.
func withEvidence(runs []quarter.Run, found evidence.Result) []quarter.Run {
	for _, s := range found.Runs {
		e := quarter.Evidence{Manifest: s.Manifest, Chain: s.Link, Files: s.Files, Problems: s.Problems}
		i := slices.IndexFunc(runs, func(r quarter.Run) bool { return r.ID == s.Run })
		switch {
		case i >= 0:
			e.Problems = append(runs[i].Evidence.Problems, e.Problems...)
			runs[i].Evidence = e
		case s.Removed:
			runs = append(runs, quarter.Run{ID: s.Run, Registered: s.Registered, Scenario: drill.ScenarioRef{Name: "(removed)"}, Evidence: e})
		}
	}
	return runs
}

// quarterRuns reads the runs of a quarter and of those before it, on all
// processors: most of the time goes into JSON.
func quarterRuns(root string, p quarter.Period) ([]quarter.Run, error) {
	dirs, err := rundir.List(root)
	if err != nil {
		return nil, err
	}
	dirs = slices.DeleteFunc(dirs, func(d rundir.Dir) bool {
		began, ok := d.Began()
		return ok && (began.Before(p.Before(trendQuarters).From) || !began.Before(p.To))
	})
	runs := make([]quarter.Run, len(dirs))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, d := range dirs {
		g.Go(func() error {
			runs[i] = quarterRun(d, p)
			return nil
		})
	}
	return runs, g.Wait()
}

// quarterRun is a run as far as it can be read. Of those before the quarter the
// log is not needed.
func quarterRun(d rundir.Dir, p quarter.Period) quarter.Run {
	r := quarter.Run{ID: d.ID}
	a, err := d.ReadAttempt()
	if err != nil {
		r.Registered, _ = d.Began()
	} else {
		r.Registered, r.Scenario = a.RegisteredAt, a.Scenario
	}
	read := Of
	if p.Contains(r.Registered) {
		read = Whole
	}
	if r.Record, err = read(d); err != nil {
		r.Evidence.Problems = append(r.Evidence.Problems, fmt.Sprintf("its record cannot be read: %v", err))
	}
	if r.People, err = evidence.People(d); err != nil {
		r.Evidence.Problems = append(r.Evidence.Problems, fmt.Sprintf("what people added cannot be read: %v", err))
	}
	return r
}
