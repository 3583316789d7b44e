package cmd

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/recovery"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
)

func newStatus(env terminal.Env, set *settings.Settings) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say which drills run and what is in force or left, right now",
		Long: `Say what is there right now: journalled damage of drills that run or have died,
and what drillctl has on the container engine, also from other state directories.
Damage that ends by itself when drillctl does is not listed. An engine that does
not answer is told. Nothing is touched.`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			root, err := set.StateDir()
			if err != nil {
				return err
			}
			g := subject.NewEngines(env, set.AllowRemote())
			return errors.Join(recovery.Status(c.Context(), env, root, g), g.Close())
		},
	}
}
