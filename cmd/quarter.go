package cmd

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/quarter"
)

func newQuarter(env terminal.Env, set *settings.Settings) *cobra.Command {
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
				return exit.Usagef("", "only one of --html, --markdown and --json can be printed")
			}
			p := quarter.Of(time.Now())
			if len(a) == 1 {
				var err error
				if p, err = quarter.Parse(a[0]); err != nil {
					return exit.UsageError{Err: err}
				}
			}
			root, err := set.StateDir()
			if err != nil {
				return err
			}
			q, err := records.Quarter(root, p, time.Now())
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
