// Package dns is the traffic manager of the bundled system: an authoritative
// DNS server that answers with the gateways of the region that should serve.
//
// One such node runs in each region. Each checks every gateway itself, tells
// the others what it sees, and goes by the majority. A node that reaches too
// few of the others to be part of a majority abstains (SERVFAIL), so that
// clients ask the next one: what a cut-off region believes must not count.
// Two nodes can form no majority without each other; there nobody abstains.
package dns

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/drillctl/drillctl/gateway/certs"
	"github.com/drillctl/drillctl/gateway/health"
)

// A Config is all that a traffic manager has to know.
type Config struct {
	Name    string        `json:"name"`
	Region  string        `json:"region"`
	Addr4   netip.Addr    `json:"addr4"`
	Addr6   netip.Addr    `json:"addr6"`
	Port    uint16        `json:"port"`      // of DNS, udp and tcp
	Admin   uint16        `json:"peer_port"` // of HTTP, for the peers and /healthz
	Zone    string        `json:"zone"`      // the entry's name, e.g. api.drill.test
	Regions []Region      `json:"regions"`   // in order of preference, the primary first
	Servers []Server      `json:"servers"`   // all traffic managers, this one too
	Clients []Client      `json:"clients,omitempty"`
	Policy  string        `json:"policy"`
	Health  health.Config `json:"health"`
	TLS     *certs.Trust  `json:"tls,omitempty"` // of the gateways, where they are checked by https
	TTL     time.Duration `json:"ttl_ns"`        // whole seconds are answered, rounded up
	Bugs    []string      `json:"bugs,omitempty"`
	// Nets are those of clients that ask through one of the Resolvers, whose word
	// for their clients' subnets is taken.
	Nets      []Net        `json:"nets,omitempty"`
	Resolvers []netip.Addr `json:"resolvers,omitempty"`
}

// A Region is a place that can serve.
type Region struct {
	Name     string    `json:"name"`
	Weight   int       `json:"weight,omitempty"` // of its share, with policy weighted
	Gateways []Gateway `json:"gateways"`
}

// A Client is known to ask from near a region, as a geographic database tells of
// public addresses.
type Client struct {
	Addr4 netip.Addr `json:"addr4"`
	Addr6 netip.Addr `json:"addr6"`
	Near  string     `json:"near"` // a region
}

// A Gateway is one address that can be answered.
type Gateway struct {
	Name  string     `json:"name"`
	Addr4 netip.Addr `json:"addr4"`
	Addr6 netip.Addr `json:"addr6"`
	URL   string     `json:"url"` // of its readiness, for the checks
}

// A Server is one traffic manager as its peers see it.
type Server struct {
	Name   string         `json:"name"`
	Region string         `json:"region"`
	Addr4  netip.Addr     `json:"addr4"`
	Addr6  netip.Addr     `json:"addr6"`
	Admin  netip.AddrPort `json:"peer_addr"` // of its /view
}

// Defaults fills what is zero.
func (c Config) Defaults() Config {
	c.Port = cmp.Or(c.Port, 53)
	c.Admin = cmp.Or(c.Admin, 8053)
	c.Zone = cmp.Or(c.Zone, "api.drill.test")
	c.Policy = cmp.Or(c.Policy, Failover)
	c.Health = c.Health.Defaults()
	c.TTL = cmp.Or(c.TTL, time.Second)
	return c
}

// near is the region that an asker is near to, "" where nothing is known.
func (c Config) near(asker netip.Addr) string {
	for _, known := range c.Clients {
		if asker.IsValid() && (asker == known.Addr4 || asker == known.Addr6) {
			return known.Near
		}
	}
	return ""
}

func (c Config) has(bug string) bool { return slices.Contains(c.Bugs, bug) }

// period is the pause between exchanges of views. Changes are told at once;
// the period is for noticing that a peer is gone.
func (c Config) period() time.Duration { return c.Health.Interval / 2 }

// stale is how long a peer's view counts after it came: a few lost exchanges,
// but no hiccup of a busy machine, make a peer unreachable.
func (c Config) stale() time.Duration { return max(3*c.period(), 750*time.Millisecond) }
