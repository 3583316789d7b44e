package cmd

import (
	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/doctor"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
)

func newDoctor(env terminal.Env, set *settings.Settings) *cobra.Command {
	var runtime func() string
	c := &cobra.Command{
		Use:   "doctor [SCENARIO]",
		Short: "Say whether drills can run here, and which way each fault takes",
		Long: `Try what drills need on this machine, in throwaway namespaces: user, network and
PID namespaces, a bridge, packet filtering, traffic control. With --runtime docker,
what the container engine is and allows, in a throwaway container.

With a SCENARIO its system is raised too, for this alone, and each fault is done
to one instance for a moment, proved in force, taken back and proved gone: that
says whether the drill can run here, and which way each of its faults takes. A
system that runs already is not touched. Exit 0 when all is well, 4 when not.`,
		Args:              args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, a []string) error {
			checks, err := doctor.Examine(c.Context(), env, set, a, runtime())
			if err != nil {
				return err
			}
			if err := reports.Checks(env.Out, checks, set.Table(env)); err != nil {
				return err
			}
			for _, ch := range checks {
				if !ch.OK {
					return exit.Told{Code: exit.CannotRun}
				}
			}
			return nil
		},
	}
	runtime = addRuntime(c, set)
	return c
}
