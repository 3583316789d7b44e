// Package subject is what a drill is about: the bundled system, containers, a Compose
// application or whatever can be reached, as a thing to plan on, to raise and to let
// go of.
package subject

import (
	"context"
	"net/netip"
	"time"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/load/bearer"
	"github.com/drillctl/drillctl/runtimes"
)

// A Subject is what a drill is about, before anything is touched: a system to
// be raised, or one that runs already.
type Subject interface {
	// Where says in which runtime it lives and what it is.
	Where() Where
	// Nodes are its instances, enough to plan a drill. Addresses may still
	// change when it is raised; names, regions, roles and labels do not.
	Nodes(ctx context.Context) ([]runtimes.Node, error)
	// Here is nil where it can be raised, as far as can be told beforehand.
	Here(ctx context.Context) error
	// Raise starts it, or attaches to it. On an error nothing is left of it.
	Raise(ctx context.Context, p Place) (*Raised, error)
}

// Where is what plan, record and report say of a subject.
type Where struct {
	Runtime string // "process", "docker"
	System  string // "the bundled system"
}

// A Place is what a subject may use while it is up.
type Place struct {
	Env    terminal.Env
	ID     string // of the run, or of whatever else needs the system
	State  string // the state directory
	Logs   string // directory for what the instances print
	Data   string // directory for what they keep; removed at the end
	Remote bool   // an engine on another machine may be used
}

// Raised is a subject that is up.
type Raised struct {
	Runtime runtimes.Runtime
	Nodes   []runtimes.Node // as they are now
	Entry   gateway.Entry   // how clients get in, and what is read afterwards
	Client  runtimes.InNet  // where the load runs
	// foreign says how a system that is not the bundled one is asked, and
	// secrets what of that must not be told.
	foreign *load.Foreign
	Secrets *ask.Secrets
	headers map[string]string // that every request of the load has
	Text    string            // "19 nodes ready in the process runtime"
	End     func() error      // takes it down, or lets go of it; safe to repeat
}

// LoadConfig is the load of a plan against the system.
func (r *Raised) LoadConfig(spec drill.Spec, seed uint64) load.Config {
	c := load.Config{
		URL: r.Entry.URL, DNS: r.Entry.DNS, Roots: r.Entry.Roots, Stores: r.Entry.Stores,
		ReadRate: spec.Load.ReadRate, WriteRate: spec.Load.WriteRate,
		Timeout: spec.Load.Timeout, Profile: spec.Load.Profile, Seed: seed, Foreign: r.foreign,
		Cache: spec.Load.Resolver, Send: r.headers,
	}
	for _, o := range spec.Load.Origins {
		c.Origins = append(c.Origins, load.Origin{Name: o.Region, Share: o.Share, Subnet: r.Entry.Clients[o.Region], From: r.comeFrom(o.Region)})
	}
	if r.Entry.Issuer != "" {
		c.Tokens, c.IntruderRate = &bearer.Config{Issuer: r.Entry.Issuer, Audience: r.Entry.Audience, Leeway: r.Entry.Leeway}, spec.Load.IntruderRate
	}
	return c
}

// comeFrom are the addresses of a group of clients, none where all share one.
func (r *Raised) comeFrom(group string) []netip.Addr {
	for _, n := range r.Nodes {
		if n.Role == gateway.RoleClient {
			return n.Groups[group]
		}
	}
	return nil
}

// since is for messages.
func since(t time.Time) time.Duration { return time.Since(t).Round(time.Millisecond) }
