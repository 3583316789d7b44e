package subject

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
	"github.com/drillctl/drillctl/scenarios"
)

// A Ground is where the bundled system can be raised.
type Ground struct {
	Name string
	text string // for the help
	// usable is nil where such a runtime can be opened on this system.
	usable func(goos string) error
	// Open makes an empty runtime. Where this machine cannot, the error says
	// what to do.
	Open func(ctx context.Context, p Place) (Starter, error)
}

// A Starter is a runtime in which nothing runs yet.
type Starter interface {
	runtimes.Runtime
	runtimes.Starter
	runtimes.Subnetter
	runtimes.Dialer
}

// Grounds lists every runtime in which the bundled system can be raised, the
// one of choice first.
func Grounds() []Ground {
	return []Ground{
		{Name: process.Name, text: "processes in network namespaces of their own", usable: needLinux, Open: openProcess},
		{Name: docker.Name, text: "containers of the engine that the docker command uses", usable: anywhere, Open: openDocker},
	}
}

func openProcess(ctx context.Context, p Place) (Starter, error) {
	return process.New(ctx, process.Options{Exe: p.Env.Exe, RunID: p.ID, LogDir: p.Logs, V4: subnet4, V6: subnet6})
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

// Auto leaves the runtime to what is drilled.
const Auto = "auto"

// GroundOf finds the ground that --runtime names. Automatically that is the
// first: the bundled system needs no engine.
func GroundOf(name string) (Ground, error) {
	for _, g := range Grounds() {
		if g.Name == name || name == Auto {
			return g, nil
		}
	}
	return Ground{}, exit.Usagef("allowed: "+strings.Join(RuntimeNames(), ", "), "runtime %q is not known", name)
}

// groundFor is groundOf for a scenario: automatically the one of choice of the
// first fault that not all can do. A fault that the ground cannot do is an error.
func groundFor(sc *scenarios.Scenario, name string) (Ground, error) {
	if _, err := GroundOf(name); err != nil {
		return Ground{}, err
	}
	if _, containers := sc.System.Members(); containers != nil {
		name = docker.Name
	}
	for _, st := range sc.Steps {
		if name == Auto && len(st.Kind.Runtimes) > 0 {
			name = st.Kind.Runtimes[0]
		}
	}
	at, err := GroundOf(name)
	if err != nil {
		return at, err
	}
	for i, st := range sc.Steps {
		if len(st.Kind.Runtimes) > 0 && !slices.Contains(st.Kind.Runtimes, at.Name) {
			return at, exit.Usagef("--runtime "+st.Kind.Runtimes[0], "steps[%d]: the %s runtime has no fault %s; it needs %s", i, at.Name, st.Fault, strings.Join(st.Kind.Runtimes, " or "))
		}
	}
	return at, nil
}

// here is an error where the ground cannot be used.
func (g Ground) here() error { return g.usable(runtime.GOOS) }

// RuntimeNames are the words of --runtime, Auto first.
func RuntimeNames() []string {
	names := []string{Auto}
	for _, g := range Grounds() {
		names = append(names, g.Name)
	}
	return names
}
