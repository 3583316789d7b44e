package gateway

import (
	"time"

	"github.com/drillctl/drillctl/gateway/counts"
	"github.com/drillctl/drillctl/gateway/quota"
	"github.com/drillctl/drillctl/gateway/store/order"
)

// A Quota is who may send what to the system. Its keys are added by the store of
// the primary region, and replicated from there like orders.
type Quota struct {
	Tenants []Tenant      `json:"tenants"`
	LoadAs  string        `json:"load_as"`         // the tenant whose key the load sends
	Cache   time.Duration `json:"cache_ns"`        // for which gateways believe a key; 0 is their default
	Store   *QuotaStore   `json:"store,omitempty"` // counts for all regions; without it each gateway counts
}

// A Tenant is a customer of the system.
type Tenant struct {
	Name  string  `json:"name"`
	Key   string  `json:"key"`
	Rate  float64 `json:"rate"`  // requests per second
	Burst int     `json:"burst"` // requests at once
}

// A QuotaStore is the node that counts for all regions, in the primary one.
type QuotaStore struct {
	Wait time.Duration `json:"wait_ns"` // of a gateway for its answer; 0 is the default
}

// tenants are those of the quota as the store keeps them.
func (q Quota) tenants() []order.Tenant {
	var out []order.Tenant
	for _, t := range q.Tenants {
		out = append(out, order.Tenant{Name: t.Name, Key: order.KeySum(t.Key), Rate: t.Rate, Burst: t.Burst})
	}
	return out
}

// LoadHeaders are what the load has to send with every request.
func (c Config) LoadHeaders() map[string]string {
	if c.Quota == nil {
		return nil
	}
	for _, t := range c.Quota.Tenants {
		if t.Name == c.Quota.LoadAs {
			return map[string]string{quota.KeyHeader: t.Key}
		}
	}
	return nil
}

// checkQuota asks that keys tell tenants apart and that the load has one.
func (c Config) checkQuota(bad complain) {
	q := c.Quota
	if q == nil {
		return
	}
	names, keys := map[string]bool{}, map[string]bool{}
	for _, t := range q.Tenants {
		field := "quota.tenants." + t.Name
		switch {
		case !label.MatchString(t.Name) || names[t.Name]:
			bad(field, "a tenant's name is 1 to 32 lower case letters, digits and hyphens, and its own")
		case t.Key == "" || keys[t.Key]:
			bad(field+".key", "every tenant needs a key of its own")
		case !(t.Rate > 0 && t.Rate <= 1e6): // so that NaN is caught
			bad(field+".rate", "must be above 0/s and at most 1000000/s, not %v", t.Rate)
		case t.Burst < 1 || t.Burst > 1_000_000:
			bad(field+".burst", "must be 1 to 1000000, not %d", t.Burst)
		}
		names[t.Name], keys[t.Key] = true, true
	}
	if !names[q.LoadAs] {
		bad("quota.load-as", "there is no tenant %q", q.LoadAs)
	}
	if q.Cache < 0 || q.Cache > time.Hour {
		bad("quota.cache", "must be 0s to 1h, not %v", q.Cache)
	}
	if q.Store != nil && (q.Store.Wait < 0 || q.Store.Wait > time.Minute) {
		bad("quota.store.wait", "must be 0s to 1m, not %v", q.Store.Wait)
	}
}

// quota is what a gateway of a region has to know of it.
func (p *plan) quota(s spot) *quota.Config {
	q := p.config.Quota
	if q == nil {
		return nil
	}
	c := &quota.Config{Cache: q.Cache, Parts: len(p.of(RoleGateway, s.region))}
	for _, own := range p.of(RoleStore, s.region) {
		c.Store = url(own.at, StorePort)
	}
	for _, n := range p.of(RoleQuota, "") {
		c.Count, c.Wait = url(n.at, QuotaPort), q.Store.Wait
	}
	return c
}

func (p *plan) counts(s spot) *counts.Config {
	return &counts.Config{Name: s.name, Region: s.region, Addr4: s.four, Addr6: s.six, Port: QuotaPort}
}
