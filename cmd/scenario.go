package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/proxy"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/scenarios"
)

// loadScenario finds and parses a scenario. All problems are shown at once.
func loadScenario(env Env, name string) (*scenarios.Scenario, []byte, error) {
	file, src, err := openScenario(env, name)
	if err != nil {
		return nil, nil, err
	}
	sc, problems := scenarios.Parse(file, src, faults.All())
	if len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprint(env.Err, p.Format(src))
		}
		return nil, nil, usagef(fmt.Sprintf("'drillctl explain' tells what can be written, 'drillctl validate %s' looks again", name), "%s: %s", file, plural(len(problems), "problem"))
	}
	return sc, src, nil
}

func openScenario(env Env, name string) (string, []byte, error) {
	if name == "-" {
		src, err := io.ReadAll(env.In)
		return "stdin", src, err
	}
	file, src, err := scenarios.Open(name)
	if errors.Is(err, scenarios.ErrUnknown) {
		return file, nil, usageError{err: err, hint: "'drillctl list' lists the drills that come with drillctl"}
	}
	return file, src, err
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// layoutOf places the system of a scenario, with more bugs switched on.
func layoutOf(sc *scenarios.Scenario, bugs []string) (system, error) {
	g := sc.System.Gateway
	c := gateway.Config{
		Routing: g.Routing, Replication: g.Replication, BackupEvery: std(g.BackupEvery), Balance: g.Balance, TTL: std(g.TTL), Drain: std(g.Drain),
		Health:  health.Config{Interval: std(g.Health.Interval), Timeout: std(g.Health.Timeout), Threshold: g.Health.Threshold, Success: g.Health.Success},
		Retries: proxy.Retries{Budget: float64(g.Retries.Budget), Max: g.Retries.Max},
		Bugs:    append(append([]string(nil), g.Bugs...), bugs...),
	}
	for _, r := range g.Regions {
		c.Regions = append(c.Regions, gateway.Region{Name: r.Name, Role: r.Role, Gateways: r.Gateways, APIs: r.APIs})
	}
	return layout(c)
}

func newValidate(env Env) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Find every mistake in scenarios",
		Long: `Find every mistake in scenarios: unknown keys, bad units, contradictions, targets
that cannot match, objectives that nothing can measure. Exit 2 when there is one.`,
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE:              func(_ *cobra.Command, a []string) error { return runValidate(env, a, output) },
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "what to print: text, json")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func runValidate(env Env, files []string, output string) error {
	if output != "text" && output != "json" {
		return usagef("text or json", "unknown output %q", output)
	}
	all := []scenarios.Problem{}
	for _, name := range files {
		file, src, err := openScenario(env, name)
		if err != nil {
			return err
		}
		_, problems := scenarios.Parse(file, src, faults.All())
		all = append(all, problems...)
		if output == "json" {
			continue
		}
		for _, p := range problems {
			fmt.Fprint(env.Out, p.Format(src))
		}
		if len(problems) == 0 {
			fmt.Fprintf(env.Out, "%s: valid\n", file)
		}
	}
	if output == "json" {
		if err := writeJSON(env.Out, all); err != nil {
			return err
		}
	}
	if len(all) > 0 {
		return toldError{exitUsage}
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func newList(env Env) *cobra.Command {
	var label string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the drills that come with drillctl",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			tw := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tw, "NAME\tWHAT\tLABELS")
			for _, l := range scenarios.List() {
				if label == "" || strings.Contains(","+strings.Join(l.Labels, ",")+",", ","+label+",") {
					fmt.Fprintf(tw, "%s\t%s\t%s\n", l.Name, l.Title, strings.Join(l.Labels, ", "))
				}
			}
			return tw.Flush()
		},
	}
	c.Flags().StringVar(&label, "label", "", "only drills with this label")
	return c
}

func newShow(env Env) *cobra.Command {
	var resolved bool
	c := &cobra.Command{
		Use:               "show SCENARIO",
		Short:             "Print a scenario",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE: func(_ *cobra.Command, a []string) error {
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
		Use:       "schema [scenario|record]",
		Short:     "Print the JSON Schema of scenarios or of records",
		Args:      args(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: []string{"scenario\twhat 'drillctl run' reads", "record\twhat 'drillctl run --output json' prints"},
		RunE: func(_ *cobra.Command, a []string) error {
			schema := scenarios.Schema(faults.All())
			if len(a) == 1 && a[0] == "record" {
				schema = reports.RecordSchema()
			}
			_, err := env.Out.Write(schema)
			return err
		},
	}
}

// allBugs are those of the scenario and those of the command line.
func allBugs(sc *scenarios.Scenario, more []string) []string {
	return append(append([]string{}, sc.System.Gateway.Bugs...), more...)
}

func std(d scenarios.Duration) time.Duration { return time.Duration(d) }
