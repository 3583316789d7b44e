// Package doctor tries whether drills can run here.
package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
)

const doctorPatience = 90 * time.Second // containers take their time

// Examine looks at this machine and, with a scenario, tries its faults.
func Examine(ctx context.Context, env terminal.Env, set *settings.Settings, names []string, runtime string) ([]reports.Check, error) {
	var on subject.Subject
	var plan runner.Plan
	if len(names) > 0 { // a mistake in it is told first
		var err error
		if on, plan, err = toTry(ctx, env, names[0], runtime); err != nil {
			return nil, err
		}
	}
	checks, err := machineChecks(ctx, env, set, runtime)
	if err != nil || on == nil || slices.ContainsFunc(checks, func(c reports.Check) bool { return !c.OK }) {
		return checks, err
	}
	tried, err := trials(ctx, env, set, on, plan)
	return append(checks, tried...), err
}

// toTry is a scenario's system and what would be done to it.
func toTry(ctx context.Context, env terminal.Env, name, runtime string) (subject.Subject, runner.Plan, error) {
	sc, _, err := source.Load(env, name)
	if err != nil {
		return nil, runner.Plan{}, err
	}
	on, err := subject.Of(env, sc, nil, runtime)
	if err != nil {
		return nil, runner.Plan{}, err
	}
	nodes, err := on.Nodes(ctx)
	if err != nil {
		return nil, runner.Plan{}, err
	}
	plan, err := runner.NewPlan(sc, nodes, source.NewSeed())
	if err != nil {
		return nil, plan, exit.UsageError{Err: err}
	}
	return on, plan, nil
}

func machineChecks(ctx context.Context, env terminal.Env, set *settings.Settings, runtime string) ([]reports.Check, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	at, err := subject.GroundOf(runtime)
	if err != nil {
		return nil, err
	}
	checks, ok := groundChecks(ctx, env, set, at)
	if ok {
		checks = append(checks, kernelChecks(ctx, env, set, at)...)
	}
	leftovers, err := leftoverCheck(set)
	return append(checks, leftovers, ToldCheck(set)), err
}

// groundChecks are those of one runtime; ok means that it can be opened.
func groundChecks(ctx context.Context, env terminal.Env, set *settings.Settings, at subject.Ground) (checks []reports.Check, ok bool) {
	ok = true
	add := func(c reports.Check) {
		checks = append(checks, c)
		ok = ok && c.OK
	}
	if at.Name == process.Name {
		for _, c := range process.Doctor(ctx) {
			add(reports.Check(c))
		}
		return checks, ok
	}
	g := subject.NewEngines(env, set.AllowRemote())
	e, err := g.Get(ctx)
	if err != nil {
		return []reports.Check{{Name: "container engine", Text: err.Error(), Hint: "start it, or choose another with DOCKER_HOST or 'docker context use'"}}, false
	}
	for _, c := range e.Doctor(ctx) {
		add(reports.Check(c))
	}
	add(engineLeftovers(ctx, e))
	if err := g.Close(); err != nil {
		add(reports.Check{Name: "container engine", Text: err.Error()})
	}
	return checks, ok
}

// engineLeftovers looks for what dead runs have on the engine.
func engineLeftovers(ctx context.Context, e *docker.Engine) reports.Check {
	c := reports.Check{Name: "leftovers on the engine", OK: true, Text: "no dead run has containers or networks here"}
	all, err := e.Leftovers(ctx)
	if err != nil {
		return reports.Check{Name: c.Name, Text: err.Error()}
	}
	for _, l := range all {
		if l.Dead() {
			// They are in nobody's way: drills choose other names and subnets.
			c.Text = "run " + l.Run + " left " + l.Things() + ": drillctl recover --all removes them"
		}
	}
	return c
}

// kernelChecks asks an agent in a throwaway namespace what this kernel can do.
func kernelChecks(ctx context.Context, env terminal.Env, set *settings.Settings, at subject.Ground) []reports.Check {
	failed := func(err error) []reports.Check {
		return []reports.Check{{Name: "fault agent", Text: err.Error(), Hint: "see the logs below doctor in the state directory"}}
	}
	root, err := set.StateDir()
	if err != nil {
		return failed(err)
	}
	rt, err := at.Open(ctx, subject.Place{Env: env, ID: fmt.Sprintf("doctor-%d", os.Getpid()), State: root, Logs: filepath.Join(root, "doctor"), Remote: set.AllowRemote()})
	if err != nil {
		return failed(err)
	}
	defer rt.Close()
	node := runtimes.Node{Name: "doctor-1", Region: "doctor", Role: "doctor", Args: []string{"node"}, Env: []string{gateway.NodeEnv + `={"name":"doctor-1","region":"doctor","role":"client"}`}, Addrs: firstAddrs(rt)}
	if err := rt.Start(ctx, []runtimes.Node{node}); err != nil {
		return failed(err)
	}
	all, err := rt.Instances(ctx)
	if err != nil {
		return failed(err)
	}
	found, err := agent.Doctor(ctx, all[0].(runtimes.InNet))
	if err != nil {
		return failed(err)
	}
	checks := []reports.Check{sixCheck(rt)}
	for _, c := range found {
		checks = append(checks, reports.Check(c))
	}
	return checks
}

// sixCheck says whether faults are tried on IPv6, too.
func sixCheck(rt runtimes.Subnetter) reports.Check {
	if _, v6 := rt.Subnets(); !v6.IsValid() {
		return reports.Check{Name: "IPv6", OK: true, Text: "no: instances have IPv4 addresses only; network faults cut both families all the same"}
	}
	return reports.Check{Name: "IPv6", OK: true, Text: "instances have addresses of both families"}
}

// leftoverCheck looks for damage that a dead run left.
func leftoverCheck(set *settings.Settings) (reports.Check, error) {
	c := reports.Check{Name: "leftovers", OK: true, Text: "no dead run left damage behind"}
	root, err := set.StateDir()
	if err != nil {
		return c, err
	}
	left, err := runner.Outstanding(root)
	if err != nil {
		return c, err
	}
	for d := range left {
		c = reports.Check{Name: "leftovers", Text: "run " + d.ID + " left damage behind", Hint: "drillctl recover " + d.ID}
	}
	return c, nil
}

// ToldCheck says whom the settings name to be told, without sending anything.
func ToldCheck(set *settings.Settings) reports.Check {
	c := reports.Check{Name: "who is told", OK: true, Text: "nobody: no channel is configured"}
	to, err := set.Recipients()
	if err != nil {
		return reports.Check{Name: c.Name, Text: err.Error(), Hint: "drillctl notify --help"}
	}
	var names []string
	for _, ch := range to.Channels {
		names = append(names, ch.Name())
	}
	if to.Traces != nil {
		names = append(names, to.Traces.Name())
	}
	if len(names) > 0 {
		c.Text = strings.Join(names, ", ") + "; 'drillctl notify test' tries them"
	}
	if !set.Notifies() {
		c.Text = "nobody: notify is false"
	}
	return c
}

// firstAddrs are one address of each family that the runtime has.
func firstAddrs(rt runtimes.Subnetter) []netip.Addr {
	var out []netip.Addr
	v4, v6 := rt.Subnets()
	for _, p := range []netip.Prefix{v4, v6} {
		if p.IsValid() {
			out = append(out, p.Addr().Next())
		}
	}
	return out
}
