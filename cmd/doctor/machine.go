package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
)

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
