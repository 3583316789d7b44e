package cmd

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/hooks"
	"github.com/drillctl/drillctl/cmd/recovery"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
)

func newRecover(env terminal.Env, set *settings.Settings) *cobra.Command {
	var o recovery.Options
	c := &cobra.Command{
		Use:   "recover [RUN]",
		Short: "Take back what a dead run left behind",
		Long: `Take back what a run left behind when drillctl was killed, newest first, from the
run's journal, and remove the containers and networks that it had made. It can
be repeated. Those whom the settings name are told. Without RUN, every dead run
of this state directory is looked at; with --all also those of others on the same
container engine, and those of which it cannot be told whether their drillctl
still runs.

` + exit.Table,
		Args:              args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(c *cobra.Command, a []string) error {
			root, err := set.StateDir()
			if err != nil {
				return err
			}
			o.Runs = a
			key, keyErr := set.SigningKey()
			r := recovery.Look{Env: env, Root: root, Engines: subject.NewEngines(env, set.AllowRemote()), Key: key, Tell: hooks.RecoveryTold(env, set)}
			return errors.Join(keyErr, r.Run(c.Context(), o), r.Engines.Close())
		},
	}
	c.Flags().BoolVar(&o.Check, "check", false, "only look: exit 5 when something is outstanding")
	c.Flags().BoolVar(&o.All, "all", false, "also containers of other state directories")
	return c
}
