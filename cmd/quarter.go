package cmd

import (
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/quarter"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

// trendQuarters are how many quarters before it the trends of one go back.
const trendQuarters = 4

func newQuarter(env Env, set *settings) *cobra.Command {
	var html, markdown, asJSON bool
	c := &cobra.Command{
		Use:   "quarter [QUARTER]",
		Short: "Report on the drills of a quarter, for an auditor",
		Long: `Report on the drills of a quarter, as 2026-Q4; without one, on the current one.
Every attempt is on it, also those that never finished: for each run the 21 fields
that DR exercise reports are asked for, with what nobody stated marked as such;
trends against the quarters before, point by point; what was NOT drilled; findings
and their retests; and the clauses of SOC 2, ISO 27001, ISO 22301, DORA and NIST
SP 800-34 that the evidence can support, each with what it does not show.

The page in HTML needs nothing else: no script, no font, no network. Print it to
PDF to file it.`,
		Example: `  drillctl quarter 2026-Q4 --html > quarter.html
  drillctl quarter 2026-Q4 > quarter.md
  drillctl quarter 2026-Q4 --json`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, a []string) error {
			if html && (markdown || asJSON) || markdown && asJSON {
				return usagef("", "only one of --html, --markdown and --json can be printed")
			}
			p := quarter.Of(time.Now())
			if len(a) == 1 {
				var err error
				if p, err = quarter.Parse(a[0]); err != nil {
					return usageError{err: err}
				}
			}
			root, err := set.stateDir()
			if err != nil {
				return err
			}
			q, err := makeQuarter(root, p, time.Now())
			switch {
			case err != nil:
				return err
			case html:
				return reports.QuarterHTML(env.Out, q)
			case asJSON:
				return quarter.JSON(env.Out, q)
			}
			return quarter.Markdown(env.Out, q)
		},
	}
	f := c.Flags()
	f.BoolVar(&html, "html", false, "print one page of HTML, with charts")
	f.BoolVar(&markdown, "markdown", false, "print Markdown (the default)")
	f.BoolVar(&asJSON, "json", false, "print JSON (its schema: drillctl schema quarter)")
	return c
}

// makeQuarter reads the run directories, which are the truth, and makes the
// report of them.
func makeQuarter(root string, p quarter.Period, now time.Time) (quarter.Quarter, error) {
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
	q := quarter.Make(p, withEvidence(runs, found), now, tool())
	q.Chain.Head = found.Head
	for _, x := range found.Problems {
		if x.Run == "" {
			q.Chain.Problems = append(q.Chain.Problems, x.Text)
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
			runs[i].Evidence = e
		case s.Removed:
			runs = append(runs, quarter.Run{ID: s.Run, Registered: s.Registered, Scenario: drill.ScenarioRef{Name: "(removed)"}, Evidence: e})
		}
	}
	return runs
}

// quarterRuns reads the runs of a quarter and of those before it.
func quarterRuns(root string, p quarter.Period) ([]quarter.Run, error) {
	dirs, err := rundir.List(root)
	if err != nil {
		return nil, err
	}
	var runs []quarter.Run
	for _, d := range dirs {
		if began, ok := d.Began(); ok && (began.Before(p.Before(trendQuarters).From) || !began.Before(p.To)) {
			continue
		}
		r, err := quarterRun(d)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, nil
}

func quarterRun(d rundir.Dir) (quarter.Run, error) {
	r := quarter.Run{ID: d.ID}
	a, err := d.ReadAttempt()
	if err != nil {
		r.Registered, _ = d.Began()
	} else {
		r.Registered, r.Scenario = a.RegisteredAt, a.Scenario
	}
	if r.Record, err = recordOf(d); err != nil {
		return r, err
	}
	r.People, err = evidence.People(d)
	return r, err
}
