package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/scenarios"
)

// comparisonFormats are the words of --output.
var comparisonFormats = []string{"table", "json", "markdown", "html"}

func newCompare(env terminal.Env, set *settings) *cobra.Command {
	var o runOptions
	var output string
	var runtime func() string
	c := &cobra.Command{
		Use:   "compare " + strings.Join(comparisonNames(), "|"),
		Short: "Measure the same loss against several strategies or settings",
		Long: `Run the same loss against several ways to be ready for it, one drill each on the
bundled system, and print one table: detection, failover, RTO and RPO achieved,
lost writes, availability, the 99th percentile before the loss, and how many
instances that takes.

` + comparisonHelp(),
		Example:   "  drillctl compare strategies\n  drillctl compare health-checks --output markdown\n  drillctl compare balancing --output html > balancing.html",
		Args:      args(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: comparisonNames(),
		RunE: func(c *cobra.Command, a []string) error {
			if !slices.Contains(comparisonFormats, output) {
				return exit.Usagef("known: "+strings.Join(comparisonFormats, ", "), "unknown format %q", output)
			}
			o.runtime, o.parallel, o.trials = runtime(), 1, 1
			return runCompare(c.Context(), env, set, o, a[0], output)
		},
	}
	runtime = addRuntime(c, set)
	c.Flags().StringVarP(&output, "output", "o", "table", "what to print: "+strings.Join(comparisonFormats, ", "))
	c.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "no progress on stderr")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(comparisonFormats, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func comparisonNames() []string {
	var names []string
	for _, c := range scenarios.Comparisons() {
		names = append(names, c.Name)
	}
	return names
}

func comparisonHelp() string {
	var b strings.Builder
	for _, c := range scenarios.Comparisons() {
		fmt.Fprintf(&b, "%s: %s\n", c.Name, c.Loss)
		for _, v := range c.Variants {
			fmt.Fprintf(&b, "  %-18s %s\n", v.Name, v.Doc)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func runCompare(ctx context.Context, env terminal.Env, set *settings, o runOptions, name, output string) error {
	all := scenarios.Comparisons()
	c := all[slices.IndexFunc(all, func(c scenarios.Comparison) bool { return c.Name == name })]
	entries, err := variants(c)
	if err != nil {
		return err
	}
	s, err := newSuite(env, set, o, entries)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := s.clear(ctx); err != nil {
		return err
	}
	ctx, done := terminal.Interruptible(ctx, env, s.going.List)
	defer done()
	began := time.Now()
	s.run(ctx)
	view, err := s.compared(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(writeComparison(env, set, view, output), s.verdict(began))
}

// variants are a comparison's scenarios as entries of a suite.
func variants(c scenarios.Comparison) ([]entry, error) {
	var entries []entry
	for _, v := range c.Variants {
		src := v.Source()
		sc, problems := scenarios.Parse(v.Name, src, faults.All())
		if len(problems) > 0 {
			return nil, fmt.Errorf("variant %s: %s", v.Name, problems[0])
		}
		entries = append(entries, entry{name: v.Name, sc: sc, src: src})
	}
	return entries, nil
}

// compared takes the lines of the table from what was run.
func (s *suite) compared(ctx context.Context, c scenarios.Comparison) (reports.Comparison, error) {
	view := reports.Comparison{Name: c.Name, Title: c.Title, Loss: c.Loss}
	for i, v := range c.Variants {
		nodes, err := s.entries[i].on.Nodes(ctx)
		if err != nil {
			return view, err
		}
		instances := 0
		for _, n := range nodes {
			if n.Role != gateway.RoleClient {
				instances++
			}
		}
		line := reports.LineOf(v.Name, v.Doc, s.done[i].rec, instances)
		if s.done[i].rec.Schema == "" {
			line.Problem = "was not measured"
		}
		view.Variants = append(view.Variants, line)
	}
	return view, nil
}

// verdict is nil when every variant was measured.
func (s *suite) verdict(began time.Time) error {
	var errs []error
	for i, r := range s.done {
		for _, err := range exit.Loud(r.err) {
			errs = append(errs, fmt.Errorf("%s: %w", s.entries[i].name, err))
		}
	}
	if sum := s.summary(began); sum.Exit != exit.Passed {
		errs = append(errs, exit.Told{Code: sum.Exit})
	}
	return errors.Join(errs...)
}

func writeComparison(env terminal.Env, set *settings, view reports.Comparison, output string) error {
	switch output {
	case "json":
		return reports.ComparisonJSON(env.Out, view)
	case "markdown":
		return reports.ComparisonMarkdown(env.Out, view)
	case "html":
		return reports.ComparisonHTML(env.Out, view)
	}
	return reports.ComparisonTable(env.Out, view, set.tableOptions(env))
}
