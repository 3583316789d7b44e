package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
)

func newFaults(env Env) *cobra.Command {
	return &cobra.Command{
		Use:   "faults",
		Short: "List the kinds of damage",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			tw := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tw, "FAULT\tWHAT\tPARAMETERS")
			for _, k := range faults.All() {
				var params []string
				if k.Peers {
					params = append(params, "from")
				}
				for _, p := range faults.Params(k) {
					params = append(params, p.Name)
				}
				fmt.Fprintf(tw, "%s\t%s\t%s\n", k.Name, k.Summary, strings.Join(params, ", "))
			}
			if err := tw.Flush(); err != nil {
				return err
			}
			fmt.Fprintln(env.Out, "\n'drillctl explain fault.NAME' tells all about one")
			return nil
		},
	}
}

func newExplain(env Env) *cobra.Command {
	return &cobra.Command{
		Use:   "explain fault.NAME|metric.NAME",
		Short: "Explain a fault or a metric",
		Long: `Explain a fault (what happens, how it is verified and reverted, its parameters)
or a metric (its definition, and what it needs to be measured).`,
		Example: `  drillctl explain fault.latency
  drillctl explain metric.rta`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeExplain,
		RunE:              func(_ *cobra.Command, a []string) error { return runExplain(env, a[0]) },
	}
}

func runExplain(env Env, what string) error {
	room, name, ok := strings.Cut(what, ".")
	if !ok {
		room, name = "fault", what
	}
	switch room {
	case "fault":
		k, ok := faults.Lookup(name)
		if !ok {
			return usageError{err: fmt.Errorf("there is no fault %q", name), hint: faults.Suggest(name)}
		}
		return faults.Explain(env.Out, k)
	case "metric":
		i := slices.IndexFunc(drill.Metrics(), func(m drill.Metric) bool { return m.Name == name || m.Objective == name })
		if i < 0 {
			return usagef("'drillctl explain metric.' and TAB lists them", "there is no metric %q", name)
		}
		m := drill.Metrics()[i]
		fmt.Fprintf(env.Out, "metric: %s (%s; objective %s)\n\n  %s\n\n  Needs %s.\n", m.Name, m.Unit, m.Objective, strings.ReplaceAll(m.Doc, "\n", "\n  "), m.Needs)
		return nil
	}
	return usageError{err: errors.New("explain what?"), hint: "fault.NAME or metric.NAME"}
}

func completeExplain(c *cobra.Command, done []string, word string) ([]string, cobra.ShellCompDirective) {
	out, d := completeFaults(c, done, word)
	for _, m := range drill.Metrics() {
		out = append(out, "metric."+m.Name+"\t"+string(m.Unit))
	}
	return out, d
}
