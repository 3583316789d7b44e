package cmd

import (
	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/suite"
	"github.com/drillctl/drillctl/cmd/terminal"
)

func newRun(env terminal.Env, set *settings.Settings) *cobra.Command {
	var o suite.Options
	var seed uint64
	var runtime func() string
	var resolve func()
	c := &cobra.Command{
		Use:   "run SCENARIO...",
		Short: "Run drills and judge them",
		Long: `Run a drill: raise the system, load it, wait until it is steady, do the damage,
take it back, and judge what the clients saw. SCENARIO is a file, a directory of
files, or the name of a drill that comes with drillctl (see 'drillctl list').

Several are a suite: each gets a run directory of its own, a table sums them up,
and the exit code is the worst of them, in the order 5, 130, 1, 4, 2, 3, 0. All
scenarios are read before the first one starts. --label keeps those that carry
one of the labels; without SCENARIO it chooses among the drills of drillctl.

--trials runs each scenario several times, with a seed and so a phase of its own;
each must pass. --baseline holds the runs against earlier ones of the same system,
load and damage on the same kind of machine: RUN, a file of the json format, or
last-pass for the newest 50 that passed. What gets worse by more than the
scenario's regression allows, and hardly by chance, is a missed objective; too few
runs say how many it takes.

Reports go to stdout, progress to stderr. Ctrl-C takes everything back and ends
the suite; a second Ctrl-C leaves at once.

` + exit.Table,
		Example: `  drillctl run region-blackhole
  drillctl run mine.yaml --output json > record.json
  drillctl run drills/ --label release-gate --fail-fast
  drillctl run region-blackhole --trials 3 --baseline last-pass
  drillctl run region-power-loss --bug ack-before-replicate   # must fail`,
		Args:              args(scenariosOrLabel),
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, a []string) error {
			o.Names = a
			if c.Flags().Changed("seed") {
				o.Seed = &seed
			}
			if c.Flags().Changed("notify") {
				set.Follow(c.Flags().Lookup("notify"))
			}
			resolve()
			o.Runtime = runtime()
			return suite.Run(c.Context(), env, set, o)
		},
	}
	f := c.Flags()
	runtime = addRuntime(c, set)
	resolve = addOutputs(c, set, &o.Out)
	f.StringSliceVar(&o.Labels, "label", nil, "only scenarios with one of these labels")
	f.BoolVar(&o.DryRun, "dry-run", false, "say what would be hit, and when, as 'drillctl plan' does; nothing is touched")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "no progress on stderr")
	f.BoolVarP(&o.Yes, "yes", "y", false, "confirm everything that a drill asks the operator")
	f.Bool("notify", true, "tell those whom the settings name ('drillctl notify' says which)")
	f.Uint64Var(&seed, "seed", 0, "seed of every random choice; wins over the scenario's (default: a new one, recorded)")
	f.IntVar(&o.Parallel, "parallel", 1, "drills at the same time; they share the machine, and that shows in their times")
	f.BoolVar(&o.FailFast, "fail-fast", false, "start no further drill after one that did not pass")
	f.IntVar(&o.Trials, "trials", 1, "runs of each scenario, each with its own seed; all must pass")
	f.StringSliceVar(&o.Baseline, "baseline", nil, "compare with earlier runs: RUN, FILE or "+suite.LastPass)
	f.StringSliceVar(&o.Bugs, "bug", nil, "switch on a bug of the bundled system: "+bugNames())
	_ = c.RegisterFlagCompletionFunc("bug", completeBugs)
	return c
}

// scenariosOrLabel wants scenarios, or a label to choose them by.
func scenariosOrLabel(c *cobra.Command, got []string) error {
	if l := c.Flags().Lookup("label"); l != nil && l.Changed {
		return nil
	}
	return cobra.MinimumNArgs(1)(c, got)
}
