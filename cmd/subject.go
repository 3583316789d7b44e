package cmd

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/load/bearer"
	"github.com/drillctl/drillctl/runtimes"
)

// A subject is what a drill is about, before anything is touched: a system to
// be raised, or one that runs already.
type subject interface {
	// Where says in which runtime it lives and what it is.
	Where() where
	// Nodes are its instances, enough to plan a drill. Addresses may still
	// change when it is raised; names, regions, roles and labels do not.
	Nodes(ctx context.Context) ([]runtimes.Node, error)
	// Here is nil where it can be raised, as far as can be told beforehand.
	Here(ctx context.Context) error
	// Raise starts it, or attaches to it. On an error nothing is left of it.
	Raise(ctx context.Context, p place) (*raised, error)
}

// where is what plan, record and report say of a subject.
type where struct {
	Runtime string // "process", "docker"
	System  string // "the bundled system"
}

// A place is what a subject may use while it is up.
type place struct {
	env    terminal.Env
	id     string // of the run, or of whatever else needs the system
	state  string // the state directory
	logs   string // directory for what the instances print
	data   string // directory for what they keep; removed at the end
	remote bool   // an engine on another machine may be used
}

// raised is a subject that is up.
type raised struct {
	rt     runtimes.Runtime
	nodes  []runtimes.Node // as they are now
	entry  gateway.Entry   // how clients get in, and what is read afterwards
	client runtimes.InNet  // where the load runs
	// foreign says how a system that is not the bundled one is asked, and
	// secrets what of that must not be told.
	foreign *load.Foreign
	secrets *ask.Secrets
	headers map[string]string // that every request of the load has
	text    string            // "19 nodes ready in the process runtime"
	end     func() error      // takes it down, or lets go of it; safe to repeat
}

// loadConfig is the load of a plan against the system.
func (r *raised) loadConfig(spec drill.Spec, seed uint64) load.Config {
	c := load.Config{
		URL: r.entry.URL, DNS: r.entry.DNS, Roots: r.entry.Roots, Stores: r.entry.Stores,
		ReadRate: spec.Load.ReadRate, WriteRate: spec.Load.WriteRate,
		Timeout: spec.Load.Timeout, Profile: spec.Load.Profile, Seed: seed, Foreign: r.foreign,
		Cache: spec.Load.Resolver, Send: r.headers,
	}
	for _, o := range spec.Load.Origins {
		c.Origins = append(c.Origins, load.Origin{Name: o.Region, Share: o.Share, Subnet: r.entry.Clients[o.Region]})
	}
	if r.entry.Issuer != "" {
		c.Tokens, c.IntruderRate = &bearer.Config{Issuer: r.entry.Issuer, Audience: r.entry.Audience, Leeway: r.entry.Leeway}, spec.Load.IntruderRate
	}
	return c
}

// since is for messages.
func since(t time.Time) time.Duration { return time.Since(t).Round(time.Millisecond) }
