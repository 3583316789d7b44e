package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/process"
)

// The private subnets of a drill. They exist in its own namespaces only.
var (
	subnet4 = netip.MustParsePrefix("10.77.0.0/16")
	subnet6 = netip.MustParsePrefix("fd77::/64")
)

// A system is the bundled system laid out, not yet started.
type system struct {
	nodes []runtimes.Node
	entry gateway.Entry
	data  string // where the stores keep theirs; removed at the end
}

// needLinux is nil where systems can be raised.
func needLinux(goos string) error {
	if goos == "linux" {
		return nil
	}
	return hinted{fmt.Errorf("%w: drills need Linux, and this is %s", runner.ErrCannotRun, goos),
		"run drillctl in a Linux machine or container; validate, plan, analyze and runs work here, too"}
}

// layout places the bundled system and the client that loads it. Its stores
// will keep their data below data.
func layout(c gateway.Config, data string) (system, error) {
	nodes, entry, err := gateway.Layout(c, subnet4, subnet6, data)
	if err != nil {
		return system{}, usageError{err: err}
	}
	return system{nodes: nodes, entry: entry, data: data}, nil
}

// raise starts the system in namespaces of its own.
func (s system) raise(ctx context.Context, env Env, id, logs string) (*process.Runtime, error) {
	rt, err := process.New(ctx, process.Options{Exe: env.Exe, RunID: id, LogDir: logs, V4: subnet4, V6: subnet6})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	if err := rt.Start(ctx, s.nodes); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: raise the system: %w", runner.ErrCannotRun, err), rt.Close(), s.clean())
	}
	return rt, nil
}

// clean removes what the stores kept.
func (s system) clean() error {
	if err := os.RemoveAll(s.data); err != nil {
		return fmt.Errorf("remove the stores' data: %w", err)
	}
	return nil
}

// A clientLoad is the runner's Load on a client node of the system.
type clientLoad struct {
	rt     runtimes.Runtime
	system string // the run
	client string
	cfg    load.Config
	l      *load.Load
}

func newClientLoad(rt runtimes.Runtime, id string, s system, plan runner.Plan) *clientLoad {
	spec := plan.Spec
	return &clientLoad{rt: rt, system: id, client: clientName(s.nodes), cfg: load.Config{
		URL: s.entry.URL, DNS: s.entry.DNS, Stores: s.entry.Stores,
		ReadRate: spec.Load.ReadRate, WriteRate: spec.Load.WriteRate,
		Timeout: spec.Load.Timeout, Profile: spec.Load.Profile, Seed: plan.Seed,
	}}
}

func clientName(nodes []runtimes.Node) string {
	for _, n := range nodes {
		if n.Role == gateway.RoleClient {
			return n.Name
		}
	}
	return ""
}

// Start implements runner.Load.
func (c *clientLoad) Start(ctx context.Context, origin time.Duration, sink runner.Sink) error {
	in, err := c.rt.Reopen(ctx, runtimes.Ref{Runtime: process.Name, System: c.system, ID: c.client})
	if err != nil {
		return fmt.Errorf("client node: %w", err)
	}
	inNet, ok := in.(runtimes.InNet)
	if !ok {
		return fmt.Errorf("client node %s: %w: running a process in its network", c.client, runtimes.ErrUnsupported)
	}
	c.cfg.BeganMono = origin
	c.l, err = load.Start(ctx, inNet, c.cfg, sink)
	return err
}

// Gone is closed when the worker has died.
func (c *clientLoad) Gone() <-chan struct{} { return c.l.Gone() }

// FinalRead implements runner.Load.
func (c *clientLoad) FinalRead(ctx context.Context, when string) ([]drill.FinalRead, error) {
	return c.l.FinalRead(ctx, when)
}

// Stop implements runner.Load.
func (c *clientLoad) Stop(ctx context.Context) error {
	if c.l == nil {
		return nil
	}
	_, err := c.l.Stop(ctx)
	return err
}

// Close ends the worker.
func (c *clientLoad) Close() error {
	if c.l == nil {
		return nil
	}
	return c.l.Close()
}

// environment says where a drill ran.
func environment(rt, name string, bugs []string) drill.Environment {
	return drill.Environment{
		Runtime: rt, System: name, Bugs: bugs,
		Host: map[string]string{"os": runtime.GOOS, "arch": runtime.GOARCH, "cpus": strconv.Itoa(runtime.NumCPU()), "kernel": kernel()},
	}
}

// kernel is the running kernel's release, "" where it does not say.
func kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return string(b[:max(0, len(b)-1)])
}
