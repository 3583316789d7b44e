package cmd

import (
	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/suite"
	"github.com/drillctl/drillctl/cmd/terminal"
)

func newPlan(env terminal.Env, set *settings.Settings) *cobra.Command {
	var seed uint64
	var bugs []string
	var runtime func() string
	c := &cobra.Command{
		Use:   "plan SCENARIO",
		Short: "Say what would be hit, and when; nothing is touched",
		Long: `Say what a drill would do: which instances every step would hit, and when.
Nothing is started and nothing is touched. With the same --seed, 'drillctl run'
hits the same instances.`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, a []string) error {
			sc, _, err := source.Load(env, a[0])
			if err != nil {
				return err
			}
			o := suite.Options{Bugs: bugs, Runtime: runtime()}
			if c.Flags().Changed("seed") {
				o.Seed = &seed
			}
			return suite.TellPlan(c.Context(), env, set, sc, o)
		},
	}
	runtime = addRuntime(c, set)
	c.Flags().Uint64Var(&seed, "seed", 0, "seed of every random choice; wins over the scenario's (default: a new one, printed)")
	c.Flags().StringSliceVar(&bugs, "bug", nil, "as for run: "+bugNames())
	_ = c.RegisterFlagCompletionFunc("bug", completeBugs)
	return c
}
