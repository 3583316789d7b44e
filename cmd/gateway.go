package cmd

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/gateway"
)

func newGateway(env terminal.Env, set *settings.Settings) *cobra.Command {
	c := group(&cobra.Command{
		Use:   "gateway",
		Short: "Run the bundled multi-region gateway by itself",
	})
	c.AddCommand(newGatewayUp(env, set), newGatewayToken(env), newGatewayBugs(env))
	return c
}

func newGatewayBugs(env terminal.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "bugs",
		Short: "List the bugs that can be switched on",
		Long: `List the bugs of the bundled system that --bug switches on. Each makes a drill
fail that passes without it, which shows that the drill can see.`,
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			tw := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tw, "BUG\tWHAT")
			for _, b := range gateway.Bugs() {
				fmt.Fprintf(tw, "%s\t%s\n", b.Name, b.Summary)
			}
			return tw.Flush()
		},
	}
}

type upOptions struct {
	regions     []string
	replication string
	routing     string
	bugs        []string
	only        time.Duration
	tls         bool
	tokens      bool
	runtime     string
}

func newGatewayUp(env terminal.Env, set *settings.Settings) *cobra.Command {
	var o upOptions
	var runtime func() string
	c := &cobra.Command{
		Use:   "up",
		Short: "Raise the bundled system and print its addresses, until Ctrl-C",
		Long: `Raise the bundled system in namespaces of its own and forward a port on loopback
to every gateway, so that it can be tried with curl. Nothing is loaded and
nothing is broken. Ctrl-C takes it down.`,
		Example: `  drillctl gateway up
  drillctl gateway up --replication sync --regions paris,oslo,rome
  drillctl gateway up --tls
  drillctl gateway up --tokens   # prints how curl shows one`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(c.Context(), terminal.Endings()...)
			defer stop()
			defer terminal.Outlive()()
			o.runtime = runtime()
			return runUp(ctx, env, set, o)
		},
	}
	f := c.Flags()
	runtime = addRuntime(c, set)
	f.StringSliceVar(&o.regions, "regions", []string{"us-east", "us-west", "eu"}, "regions, the primary first")
	f.StringVar(&o.replication, "replication", gateway.Async, "how data is replicated: "+strings.Join(gateway.Replications(), ", "))
	f.StringVar(&o.routing, "routing", "failover", "how traffic is routed: "+strings.Join(gateway.Routings(), ", "))
	f.StringSliceVar(&o.bugs, "bug", nil, "switch on a bug: "+bugNames())
	f.BoolVar(&o.tls, "tls", false, "have the gateways serve HTTPS, with certificates of an authority of its own")
	f.BoolVar(&o.tokens, "tokens", false, "have the gateways ask for tokens, which 'drillctl gateway token' gets")
	f.DurationVar(&o.only, "for", 0, "take it down by itself after this long")
	return c
}

func runUp(ctx context.Context, env terminal.Env, set *settings.Settings, o upOptions) (err error) {
	at, err := subject.GroundOf(o.runtime)
	if err != nil {
		return err
	}
	cfg := gateway.Config{Replication: o.replication, Routing: o.routing, Bugs: o.bugs}
	if o.tls {
		cfg.TLS = &gateway.TLS{}
	}
	if o.tokens { // which last for a while: a person shows them
		cfg.Tokens = &gateway.Tokens{Lifetime: time.Hour, Refresh: time.Second, Keep: time.Hour, Leeway: time.Second}
	}
	for i, r := range o.regions {
		role := gateway.Standby
		if i == 0 {
			role = gateway.Primary
		}
		cfg.Regions = append(cfg.Regions, gateway.Region{Name: r, Role: role})
	}
	root, err := set.StateDir()
	if err != nil {
		return err
	}
	id := "up-" + time.Now().UTC().Format("20060102T150405")
	logs := filepath.Join(root, "up", id)
	on := subject.Bundled{Config: cfg, Ground: at}
	if _, err := on.Nodes(ctx); err != nil {
		return err
	}
	if err := on.Here(ctx); err != nil {
		return err
	}
	if o.only > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, o.only)
		defer stop()
	}
	sys, err := on.Raise(ctx, subject.Place{Env: env, ID: id, State: root, Logs: logs, Data: filepath.Join(logs, "data"), Remote: set.AllowRemote()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.End()) }()
	fmt.Fprintf(env.Err, "drillctl: %s, logs in %s\n", sys.Text, logs)
	if err := subject.ForwardAll(ctx, env.Out, sys, filepath.Join(logs, "ca.pem")); err != nil {
		return err
	}
	fmt.Fprintln(env.Err, "drillctl: Ctrl-C takes it down")
	<-ctx.Done()
	return nil
}
