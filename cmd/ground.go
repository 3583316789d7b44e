package cmd

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
	"github.com/drillctl/drillctl/scenarios"
)

// A ground is where the bundled system can be raised.
type ground struct {
	name string
	text string // for the help
	// usable is nil where such a runtime can be opened on this system.
	usable func(goos string) error
	// open makes an empty runtime. Where this machine cannot, the error says
	// what to do.
	open func(ctx context.Context, p place) (starter, error)
}

// A starter is a runtime in which nothing runs yet.
type starter interface {
	runtimes.Runtime
	runtimes.Starter
	runtimes.Subnetter
	runtimes.Dialer
}

// grounds lists every runtime in which the bundled system can be raised, the
// one of choice first.
func grounds() []ground {
	return []ground{
		{name: process.Name, text: "processes in network namespaces of their own", usable: needLinux, open: openProcess},
		{name: docker.Name, text: "containers of the engine that the docker command uses", usable: anywhere, open: openDocker},
	}
}

func openProcess(ctx context.Context, p place) (starter, error) {
	return process.New(ctx, process.Options{Exe: p.env.Exe, RunID: p.id, LogDir: p.logs, V4: subnet4, V6: subnet6})
}

// The private subnets of a drill, unless its runtime has others. Those of
// processes exist in their own namespaces only.
var (
	subnet4 = netip.MustParsePrefix("10.77.0.0/16")
	subnet6 = netip.MustParsePrefix("fd77::/64")
)

// needLinux is nil where systems of processes can be raised.
func needLinux(goos string) error {
	if goos == "linux" {
		return nil
	}
	return exit.Hint(fmt.Errorf("%w: drills need Linux, and this is %s", runner.ErrCannotRun, goos),
		"run drillctl in a Linux machine or container; validate, plan, analyze and runs work here, too")
}

// anywhere leaves it to the engine.
func anywhere(string) error { return nil }

const runtimeAuto = "auto"

// groundOf finds the ground that --runtime names. Automatically that is the
// first: the bundled system needs no engine.
func groundOf(name string) (ground, error) {
	for _, g := range grounds() {
		if g.name == name || name == runtimeAuto {
			return g, nil
		}
	}
	return ground{}, exit.Usagef("allowed: "+strings.Join(runtimeNames(), ", "), "runtime %q is not known", name)
}

// groundFor is groundOf for a scenario: automatically the one of choice of the
// first fault that not all can do. A fault that the ground cannot do is an error.
func groundFor(sc *scenarios.Scenario, name string) (ground, error) {
	if _, err := groundOf(name); err != nil {
		return ground{}, err
	}
	if _, containers := sc.System.Members(); containers != nil {
		name = docker.Name
	}
	for _, st := range sc.Steps {
		if name == runtimeAuto && len(st.Kind.Runtimes) > 0 {
			name = st.Kind.Runtimes[0]
		}
	}
	at, err := groundOf(name)
	if err != nil {
		return at, err
	}
	for i, st := range sc.Steps {
		if len(st.Kind.Runtimes) > 0 && !slices.Contains(st.Kind.Runtimes, at.name) {
			return at, exit.Usagef("--runtime "+st.Kind.Runtimes[0], "steps[%d]: the %s runtime has no fault %s; it needs %s", i, at.name, st.Fault, strings.Join(st.Kind.Runtimes, " or "))
		}
	}
	return at, nil
}

// here is an error where the ground cannot be used.
func (g ground) here() error { return g.usable(runtime.GOOS) }

func runtimeNames() []string {
	names := []string{runtimeAuto}
	for _, g := range grounds() {
		names = append(names, g.name)
	}
	return names
}

// addRuntime gives a command the flag --runtime; the setting of the same name
// is its default.
func addRuntime(c *cobra.Command, set *settings) func() string {
	name := c.Flags().String("runtime", runtimeAuto, "where the system runs: "+strings.Join(runtimeNames(), ", "))
	_ = c.RegisterFlagCompletionFunc("runtime", cobra.FixedCompletions(runtimeNames(), cobra.ShellCompDirectiveNoFileComp))
	return func() string {
		if c.Flags().Changed("runtime") {
			return *name
		}
		return set.v.GetString("runtime")
	}
}
