package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/suite"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/scenarios"
)

// comparisonFormats are the words of --output.
var comparisonFormats = []string{"table", "json", "markdown", "html"}

func newCompare(env terminal.Env, set *settings.Settings) *cobra.Command {
	var o suite.Options
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
			o.Runtime, o.Parallel, o.Trials = runtime(), 1, 1
			return suite.Compare(c.Context(), env, set, o, a[0], output)
		},
	}
	runtime = addRuntime(c, set)
	c.Flags().StringVarP(&output, "output", "o", "table", "what to print: "+strings.Join(comparisonFormats, ", "))
	c.Flags().BoolVarP(&o.Quiet, "quiet", "q", false, "no progress on stderr")
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
