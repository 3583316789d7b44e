package cmd

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/quarter"
	"github.com/drillctl/drillctl/scenarios"
)

func newList(env Env) *cobra.Command {
	var label, strategy string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the drills that come with drillctl, by strategy",
		Long: `List the drills that come with drillctl, by the strategy that they drill.
'drillctl show --docs NAME' tells all about one. Sets are labels: ci for every
release, quarterly for the audit.`,
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			return listDrills(env.Out, func(l scenarios.Listing) bool {
				return (label == "" || slices.Contains(l.Labels, label)) && (strategy == "" || l.Strategy == strategy)
			})
		},
	}
	c.Flags().StringVar(&label, "label", "", "only drills with this label")
	c.Flags().StringVar(&strategy, "strategy", "", "only drills of this strategy")
	return c
}

// listDrills writes one table, with a line before each strategy's drills.
func listDrills(w io.Writer, wanted func(scenarios.Listing) bool) error {
	var table bytes.Buffer
	tw := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tWHAT\tMUST FAIL WITH\tRUNTIME\tLABELS")
	begins := map[int]string{} // a line of the table, and the strategy that it is the first of
	rows := 1
	for _, g := range scenarios.ByStrategy() {
		begins[rows] = g.Title
		for _, l := range g.Drills {
			if wanted(l) {
				fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", l.Name, l.Title, strings.Join(l.Proves.FailsWith, ", "), cmp.Or(strings.Join(l.Runtimes, ", "), "any"), strings.Join(l.Labels, ", "))
				rows++
			}
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for i, line := range strings.SplitAfter(table.String(), "\n") {
		if title := begins[i]; title != "" && line != "" {
			fmt.Fprintf(w, "\n%s\n", strings.ToUpper(title))
		}
		if _, err := io.WriteString(w, line); err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
	}
	return nil
}

func newShow(env Env) *cobra.Command {
	var resolved, docs bool
	c := &cobra.Command{
		Use:               "show SCENARIO",
		Short:             "Print a scenario",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE: func(_ *cobra.Command, a []string) error {
			if docs {
				sc, _, err := loadScenario(env, a[0])
				if err != nil {
					return err
				}
				return drillDocs(env.Out, sc)
			}
			if resolved {
				sc, _, err := loadScenario(env, a[0])
				if err != nil {
					return err
				}
				_, err = env.Out.Write(sc.Resolved())
				return err
			}
			_, src, err := openScenario(env, a[0])
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

func newInit(env Env) *cobra.Command {
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
				return usagef("choose another name", "%s is there already", a[0])
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

func newSchema(env Env) *cobra.Command {
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
