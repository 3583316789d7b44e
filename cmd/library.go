package cmd

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/quarter"
	"github.com/drillctl/drillctl/scenarios"
)

func newShow(env terminal.Env) *cobra.Command {
	var resolved, docs bool
	c := &cobra.Command{
		Use:               "show SCENARIO",
		Short:             "Print a scenario",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE: func(_ *cobra.Command, a []string) error {
			if docs {
				sc, _, err := source.Load(env, a[0])
				if err != nil {
					return err
				}
				return drillDocs(env.Out, sc)
			}
			if resolved {
				sc, _, err := source.Load(env, a[0])
				if err != nil {
					return err
				}
				_, err = env.Out.Write(sc.Resolved())
				return err
			}
			_, src, err := source.Open(env, a[0])
			if err != nil {
				return err
			}
			_, err = env.Out.Write(src)
			return err
		},
	}
	c.Flags().BoolVar(&docs, "docs", false, "what it breaks, what should happen, what that shows, and where it comes from")
	c.Flags().BoolVar(&resolved, "resolved", false, "with every default written out")
	return c
}

func newInit(env terminal.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented scenario to start from",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, a []string) error {
			if len(a) == 0 {
				_, err := env.Out.Write(scenarios.Template())
				return err
			}
			f, err := os.OpenFile(a[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, os.ErrExist) {
				return exit.Usagef("choose another name", "%s is there already", a[0])
			}
			if err != nil {
				return fmt.Errorf("write the scenario: %w", err)
			}
			_, err = f.Write(scenarios.Template())
			if err := errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("write the scenario: %w", err)
			}
			fmt.Fprintf(env.Err, "drillctl: wrote %s; next: drillctl plan %s\n", a[0], a[0])
			return nil
		},
	}
}

func newSchema(env terminal.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [scenario|record|suite|quarter]",
		Short: "Print the JSON Schema of scenarios, records, suites or quarters",
		Args:  args(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: []string{"scenario\twhat 'drillctl run' reads", "record\twhat 'drillctl run --output json' prints", "suite\twhat it prints for several drills or trials",
			"quarter\twhat 'drillctl quarter --json' prints"},
		RunE: func(_ *cobra.Command, a []string) error {
			schema := func() []byte { return scenarios.Schema(faults.All()) }
			switch {
			case len(a) == 1 && a[0] == "record":
				schema = reports.RecordSchema
			case len(a) == 1 && a[0] == "suite":
				schema = reports.SuiteSchema
			case len(a) == 1 && a[0] == "quarter":
				schema = quarter.JSONSchema
			}
			_, err := env.Out.Write(schema())
			return err
		},
	}
}
