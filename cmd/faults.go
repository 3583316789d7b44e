package cmd

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
)

func newFaults(env terminal.Env) *cobra.Command {
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

func newExplain(env terminal.Env) *cobra.Command {
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

// runExplain takes NAME alone, too, where it is clear what is meant.
func runExplain(env terminal.Env, what string) error {
	room, name, ok := strings.Cut(what, ".")
	if !ok {
		room, name = "fault", what
		if _, known := metricOf(what); known {
			room = "metric"
		}
	}
	switch room {
	case "fault":
		k, ok := faults.Lookup(name)
		if !ok {
			return exit.UsageError{Err: fmt.Errorf("there is no fault %q", name), Hint: faults.Suggest(name)}
		}
		return faults.Explain(env.Out, k)
	case "metric":
		m, ok := metricOf(name)
		if !ok {
			return exit.Usagef("known: "+metricNames(), "there is no metric %q", name)
		}
		return explainMetric(env.Out, m)
	}
	return exit.Usagef("fault.NAME or metric.NAME", "nothing called %q can be explained", what)
}

func completeExplain(c *cobra.Command, done []string, word string) ([]string, cobra.ShellCompDirective) {
	out, d := completeFaults(c, done, word)
	for _, m := range drill.Metrics() {
		out = append(out, "metric."+m.Name+"\t"+string(m.Unit))
	}
	return out, d
}
