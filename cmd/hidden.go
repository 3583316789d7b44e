package cmd

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
)

// hiddenCommands are the roles that this binary plays in a drill: a node of the
// bundled system, the agent inside an instance's namespace, the load worker,
// and the host of the process runtime.
func hiddenCommands(env terminal.Env) []*cobra.Command {
	role := func(name, short string, serve func(ctx context.Context) error) *cobra.Command {
		return &cobra.Command{
			Use: name, Short: short, Hidden: true, Args: args(cobra.NoArgs),
			RunE: func(c *cobra.Command, _ []string) error {
				ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGTERM, syscall.SIGINT)
				defer stop()
				return serve(ctx)
			},
		}
	}
	run := &cobra.Command{
		Use: "exec", Short: "run a program inside a node's network", Hidden: true, Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, argv []string) error {
			return process.ServeExec(c.Context(), argv, env.In, env.Out)
		},
	}
	strain := &cobra.Command{
		Use: faults.StrainCommand, Short: "keep processors busy for a moment", Hidden: true, Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, a []string) error { return faults.Strain(a) },
	}
	return []*cobra.Command{
		run,
		strain,
		role("node", "be a node of the bundled system", func(ctx context.Context) error {
			return gateway.RunNode(ctx, []byte(env.Getenv("DRILLCTL_NODE")), env.Out)
		}),
		role("agent", "do damage inside an instance's namespaces", func(ctx context.Context) error {
			return agent.Serve(ctx, env.In, env.Out)
		}),
		role("load-worker", "drive load from a client node", func(ctx context.Context) error {
			return load.Serve(ctx, env.In, env.Out)
		}),
		role(docker.HubCommand, "connect to nodes from inside their network", func(ctx context.Context) error {
			return docker.Hub(ctx, env.In, env.Out)
		}),
		role("process-host", "hold the namespaces of the process runtime", func(ctx context.Context) error {
			return process.Host(ctx, os.NewFile(3, "control"))
		}),
	}
}
