// Package proxy is the regional gateway of the bundled system: a reverse proxy
// that balances over upstreams in tiers, checks them actively and passively,
// retries within a budget, and drains before it stops.
package proxy

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/certs"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/quota"
	"github.com/drillctl/drillctl/gateway/tokens"
)

// The ways to balance within a tier.
const (
	RoundRobin       = "round-robin"
	LeastConnections = "least-connections"
	IPHash           = "ip-hash"
	Weighted         = "weighted"
)

// Balances lists the ways to balance.
func Balances() []string { return []string{RoundRobin, LeastConnections, IPHash, Weighted} }

// A Config is all that a gateway has to know.
type Config struct {
	Name   string     `json:"name"`
	Region string     `json:"region"`
	Addr4  netip.Addr `json:"addr4"`
	Addr6  netip.Addr `json:"addr6"`
	Port   uint16     `json:"port"`
	// Edge says that the upstreams are gateways: their X-Region and X-Instance
	// are kept, as the client wants to know the region that served it.
	Edge bool `json:"edge,omitempty"`
	// Trust lists the proxies in front whose X-Forwarded-For is believed.
	Trust     []netip.Addr  `json:"trust,omitempty"`
	Upstreams []Upstream    `json:"upstreams"`
	Balance   string        `json:"balance"`
	Health    health.Config `json:"health"`
	Eject     Eject         `json:"eject"`
	Panic     float64       `json:"panic,omitempty"` // see pool.panics
	Limits    Limits        `json:"limits,omitzero"`
	Clients   Clients       `json:"clients,omitzero"`
	Quota     *quota.Config `json:"quota,omitempty"`   // without it requests need no key
	Control   *Control      `json:"control,omitempty"` // without it all requests are passed on as they come
	// Tokens are what clients must show; nil lets everybody in.
	Tokens   *tokens.Config `json:"tokens,omitempty"`
	TLS      *certs.Config  `json:"tls,omitempty"` // without it clients come by plain HTTP
	Retries  Retries        `json:"retries"`
	Timeouts Timeouts       `json:"timeouts"`
	// Slow has other timeouts for paths that by nature take longer.
	Slow map[string]Timeouts `json:"slow,omitempty"`
	// Drain is how long a stopping gateway says "not ready" while it goes on
	// serving, so that whoever routes to it can look elsewhere.
	Drain time.Duration `json:"drain_ns"`
	// KeepAlive is the longest that a client's connection is kept; -1 for ever.
	KeepAlive time.Duration `json:"keep_alive_ns"`
	// SlowStart is how long an upstream that has come back is given less than its
	// share, so that it need not carry everything with cold caches.
	SlowStart time.Duration `json:"slow_start_ns,omitempty"`
	Bugs      []string      `json:"bugs,omitempty"`
}

// An Upstream is one node to send requests to. A tier is used only while no
// upstream of a lower tier is healthy.
type Upstream struct {
	Name   string         `json:"name"`
	Region string         `json:"region"`
	Addr   netip.AddrPort `json:"addr"`
	Tier   int            `json:"tier"`
	Weight int            `json:"weight,omitempty"` // for balance weighted; 0 counts as 1
}

// Eject says when requests that fail put an upstream out, without waiting for
// the active checks.
type Eject struct {
	Failures int           `json:"failures"` // in a row; -1 never ejects
	For      time.Duration `json:"for_ns"`   // unless active checks bring it back before
}

// Limits bound the requests in flight; 0 is no limit.
type Limits struct {
	Upstream int `json:"upstream"` // to one upstream; more go to others, or are refused
	Gateway  int `json:"gateway"`  // in the gateway; more are refused
}

// Clients say what a client may take of the gateway before it has asked anything.
type Clients struct {
	listen.Limits
	// Header is how long the header of a request may take; 0 is the default, -1 for ever.
	Header time.Duration `json:"header_ns"`
}

// Retries limits what retrying may add to the load of the upstreams.
type Retries struct {
	Budget float64 `json:"budget"` // retries per request in the long run, e.g. 0.2
	Burst  int     `json:"burst"`  // retries saved up in quiet times
	Max    int     `json:"max"`    // retries of one request; -1 for none
}

// Timeouts bound the wait for a silent upstream.
type Timeouts struct {
	Connect time.Duration `json:"connect_ns"`
	Try     time.Duration `json:"try_ns"`   // of one try, to the end of the answer's headers
	Total   time.Duration `json:"total_ns"` // of all tries; also the longest pause within an answer's body
}

// timeoutsOf are those for a path; connecting is alike for all.
func (c Config) timeoutsOf(path string) Timeouts {
	if t, slow := c.Slow[path]; slow {
		return t
	}
	return c.Timeouts
}

// Defaults fills what is zero.
func (c Config) Defaults() Config {
	c.Port = cmp.Or(c.Port, 80)
	c.Balance = cmp.Or(c.Balance, RoundRobin)
	c.Health = c.Health.Defaults()
	c.Eject.Failures = cmp.Or(c.Eject.Failures, 5)
	c.Eject.For = cmp.Or(c.Eject.For, 5*time.Second)
	c.Retries.Budget = cmp.Or(c.Retries.Budget, 0.2)
	c.Retries.Burst = cmp.Or(c.Retries.Burst, 10)
	c.Retries.Max = cmp.Or(c.Retries.Max, 2)
	c.KeepAlive = cmp.Or(c.KeepAlive, 5*time.Second)
	c.Clients.Header = cmp.Or(c.Clients.Header, 5*time.Second)
	c.Timeouts.Connect = cmp.Or(c.Timeouts.Connect, 300*time.Millisecond)
	c.Timeouts.Try = cmp.Or(c.Timeouts.Try, 400*time.Millisecond)
	c.Timeouts.Total = cmp.Or(c.Timeouts.Total, time.Second)
	return c
}

// balance is the way to balance within a tier.
func (c Config) balance() string {
	if c.has(bug.OneBalance) {
		return RoundRobin
	}
	return c.Balance
}

func (c Config) has(name string) bool { return slices.Contains(c.Bugs, name) }
