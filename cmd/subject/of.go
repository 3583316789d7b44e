package subject

import (
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/scenarios"
)

// Of is what a scenario drills, in the runtime of that name, with more
// bugs switched on.
func Of(env terminal.Env, sc *scenarios.Scenario, bugs []string, runtime string) (Subject, error) {
	at, err := groundFor(sc, runtime)
	if err != nil {
		return nil, err
	}
	if sc.System.Gateway == nil {
		own := reached{url: sc.System.Reach(), load: sc.Load, lookup: env.Lookup}
		if len(bugs) > 0 {
			return nil, exit.Usagef("leave --bug out", "bugs are those of the bundled system, and %s is not", own.url.Entry)
		}
		if c := sc.System.Containers; c != nil {
			return attached{own, docker.Filter{Labels: c.Label, Project: c.Project}, c.Members, env, sc.Drift.Inside}, nil
		}
		if sc.System.Compose != nil {
			return newComposed(env, own, sc)
		}
		return own, nil
	}
	c := gatewayOf(sc.System.Gateway, bugs)
	c.ClientsNear, c.Clients = sc.Load.From.One(), sc.Load.From.Several()
	return Bundled{c, at}, nil
}
