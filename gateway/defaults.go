package gateway

import (
	"cmp"
	"time"

	"github.com/drillctl/drillctl/gateway/dns"
	"github.com/drillctl/drillctl/gateway/proxy"
)

// Defaults fills what is zero: three regions of two gateways and two APIs each,
// failover routing, asynchronous replication, a check per second.
func (c Config) Defaults() Config {
	if len(c.Regions) == 0 {
		c.Regions = []Region{{Name: "us-east", Role: Primary}, {Name: "us-west"}, {Name: "eu"}}
	}
	regions := make([]Region, 0, len(c.Regions))
	for i, r := range c.Regions {
		role := Standby
		if i == 0 && !c.hasPrimary() {
			role = Primary
		}
		r.Role = cmp.Or(r.Role, role)
		r.Gateways = cmp.Or(r.Gateways, 2)
		r.APIs = cmp.Or(r.APIs, 2)
		regions = append(regions, r)
	}
	c.Regions = regions
	c.Family = cmp.Or(c.Family, IPv4)
	c.Routing = cmp.Or(c.Routing, dns.Failover)
	c.Replication = cmp.Or(c.Replication, Async)
	c.BackupEvery = cmp.Or(c.BackupEvery, 5*time.Second)
	c.CopyEvery = cmp.Or(c.CopyEvery, 500*time.Millisecond)
	if c.Replication != Events {
		c.CopyEvery = 0 // it is nothing that could differ
	}
	c.BackupCheck = cmp.Or(c.BackupCheck, 2*time.Second)
	c.Ports = cmp.Or(c.Ports, Ports{Gateway: 80, DNS: 53, Peer: 8053})
	c.Ports.HTTPS = cmp.Or(c.Ports.HTTPS, 443)
	c.TTL = cmp.Or(c.TTL, time.Second)
	if c.Serverless != nil { // a gateway before functions waits for them to start
		c.Timeouts.Try = cmp.Or(c.Timeouts.Try, 400*time.Millisecond+c.Serverless.ColdStart)
		c.Timeouts.Total = cmp.Or(c.Timeouts.Total, 2*c.Timeouts.Try)
	}
	c.proxyDefaults()
	// Long enough for whoever checks this gateway to notice, and for its
	// clients' answers to run out.
	c.Drain = cmp.Or(c.Drain, c.Health.Worst()+c.TTL)
	if c.Monitor != nil {
		s := c.Monitor.Defaults()
		c.Monitor = &s
	}
	if c.TLS != nil {
		t := *c.TLS
		t.Lifetime = cmp.Or(t.Lifetime, 90*24*time.Hour)
		c.TLS = &t
	}
	return c
}

// proxyDefaults takes over the gateway's own defaults, so that they stand in
// one place.
func (c *Config) proxyDefaults() {
	p := proxy.Config{Balance: c.Balance, Health: c.Health, Retries: c.Retries, Eject: c.Eject, Timeouts: c.Timeouts}.Defaults()
	c.Balance, c.Health, c.Retries, c.Eject, c.Timeouts = p.Balance, p.Health, p.Retries, p.Eject, p.Timeouts
}

func (c Config) hasPrimary() bool {
	for _, r := range c.Regions {
		if r.Role == Primary {
			return true
		}
	}
	return false
}
