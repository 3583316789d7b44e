package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/process"
)

func newGateway(env Env, set *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "gateway",
		Short: "Run the bundled multi-region gateway by itself",
		Args:  args(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newGatewayUp(env, set))
	return c
}

type upOptions struct {
	regions     []string
	replication string
	routing     string
	bugs        []string
	only        time.Duration
}

func newGatewayUp(env Env, set *settings) *cobra.Command {
	var o upOptions
	c := &cobra.Command{
		Use:   "up",
		Short: "Raise the bundled system and print its addresses, until Ctrl-C",
		Long: `Raise the bundled system in namespaces of its own and forward a port on loopback
to every gateway, so that it can be tried with curl. Nothing is loaded and
nothing is broken. Ctrl-C takes it down.`,
		Example: `  drillctl gateway up
  drillctl gateway up --replication sync --regions paris,oslo,rome`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return runUp(ctx, env, set, o)
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.regions, "regions", []string{"us-east", "us-west", "eu"}, "regions, the primary first")
	f.StringVar(&o.replication, "replication", gateway.Async, "how data is replicated: "+strings.Join(gateway.Replications(), ", "))
	f.StringVar(&o.routing, "routing", "failover", "how traffic is routed: "+strings.Join(gateway.Routings(), ", "))
	f.StringSliceVar(&o.bugs, "bug", nil, "switch on a bug: "+bugNames())
	f.DurationVar(&o.only, "for", 0, "take it down by itself after this long")
	return c
}

func runUp(ctx context.Context, env Env, set *settings, o upOptions) error {
	cfg := gateway.Config{Replication: o.replication, Routing: o.routing, Bugs: o.bugs}
	for i, r := range o.regions {
		role := gateway.Standby
		if i == 0 {
			role = gateway.Primary
		}
		cfg.Regions = append(cfg.Regions, gateway.Region{Name: r, Role: role})
	}
	sys, err := layout(cfg)
	if err != nil {
		return err
	}
	root, err := set.stateDir()
	if err != nil {
		return err
	}
	if o.only > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, o.only)
		defer stop()
	}
	id := "up-" + time.Now().UTC().Format("20060102T150405")
	logs := filepath.Join(root, "up", id)
	began := time.Now()
	rt, err := sys.raise(ctx, env, id, logs)
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(rt.Close(), sys.clean()) }() // everything in it has ended with its host
	fmt.Fprintf(env.Err, "drillctl: %d nodes ready after %s, logs in %s\n", len(sys.nodes), time.Since(began).Round(time.Millisecond), logs)
	if err := forwardAll(ctx, env.Out, rt, sys); err != nil {
		return err
	}
	fmt.Fprintln(env.Err, "drillctl: Ctrl-C takes it down")
	<-ctx.Done()
	return nil
}

// forwardAll opens a loopback port for every node with an HTTP surface and
// prints the list.
func forwardAll(ctx context.Context, out io.Writer, rt *process.Runtime, sys system) error {
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NODE\tREGION\tROLE\tON LOOPBACK\tINSIDE")
	for _, n := range sys.nodes {
		inside, ok := httpDoor(n)
		if !ok {
			continue
		}
		local, err := forward(ctx, rt, inside)
		if err != nil {
			return err
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\thttp://%s\t%s\n", n.Name, n.Region, n.Role, local, inside)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	gw := slices.IndexFunc(sys.nodes, func(n runtimes.Node) bool { return n.Role == gateway.RoleGateway || n.Role == gateway.RoleEdge })
	if gw >= 0 {
		fmt.Fprintf(out, "\ntry: curl -i -d '{\"id\":\"1\",\"item\":\"tea\"}' http://ADDRESS/orders   with the address of %s\n", sys.nodes[gw].Name)
	}
	return nil
}

// httpDoor is where a node answers HTTP.
func httpDoor(n runtimes.Node) (string, bool) {
	u, err := url.Parse(n.Ready)
	if err != nil || n.Ready == "" {
		return "", false
	}
	if ap, err := netip.ParseAddrPort(u.Host); err == nil {
		return ap.String(), true
	}
	return net.JoinHostPort(u.Hostname(), "80"), true
}

// forward passes connections from a loopback port on to an address inside the
// system's namespaces until ctx ends.
func forward(ctx context.Context, rt *process.Runtime, inside string) (local string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("forward to %s: %w", inside, err)
	}
	context.AfterFunc(ctx, func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed: ctx has ended
			}
			go pass(ctx, rt, c, inside)
		}
	}()
	return l.Addr().String(), nil
}

// pass joins two connections until either side ends.
func pass(ctx context.Context, rt *process.Runtime, outer net.Conn, inside string) {
	defer outer.Close()
	inner, err := rt.DialContext(ctx, "tcp", inside)
	if err != nil {
		return // the caller sees its connection closed, as from a dead node
	}
	defer inner.Close()
	defer context.AfterFunc(ctx, func() { outer.Close(); inner.Close() })()
	var wg sync.WaitGroup
	half := func(dst, src net.Conn) {
		_, _ = io.Copy(dst, src) // an error ends the connection like its end
		if t, ok := dst.(interface{ CloseWrite() error }); ok {
			_ = t.CloseWrite()
		}
	}
	wg.Go(func() { half(inner, outer) })
	wg.Go(func() { half(outer, inner) })
	wg.Wait()
}
