// Package quota lets requests into a gateway that have an API key, and of each
// tenant's no more than it may send.
//
// Keys are asked of the store of the own region, to which they are replicated, and
// believed for a while. Counts are kept by the quota store that all regions share,
// if there is one; while it is silent, and without one, each gateway keeps its own,
// with its part of the tenant's rate.
package quota

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/order"
)

// The headers of a request.
const (
	KeyHeader    = "X-API-Key"
	TenantHeader = "X-Tenant" // to the API, in the place of the key
)

// A Config is what a gateway has to know of keys and quotas.
type Config struct {
	Store string        `json:"store"`    // URL of the own region's store
	Cache time.Duration `json:"cache_ns"` // for which a key is believed
	Parts int           `json:"parts"`    // gateways among which a region's requests are spread
	Count string        `json:"count"`    // URL of the quota store; "" for none
	Wait  time.Duration `json:"wait_ns"`  // for its answer
	Pause time.Duration `json:"pause_ns"` // without asking it after it was silent
	Bugs  []string      `json:"bugs,omitempty"`
}

// Defaults fills what is zero.
func (c Config) Defaults() Config {
	c.Cache = cmp.Or(c.Cache, 10*time.Second)
	c.Parts = cmp.Or(c.Parts, 1)
	c.Wait = cmp.Or(c.Wait, 25*time.Millisecond)
	c.Pause = cmp.Or(c.Pause, 500*time.Millisecond)
	return c
}

func (c Config) has(name string) bool { return slices.Contains(c.Bugs, name) }

// A Refusal is why a request is not let in.
type Refusal struct {
	Status int
	Text   string
	Retry  time.Duration // when it may come again; 0 where that does not help
}

func (r *Refusal) Error() string { return r.Text }

// A Gate decides which requests are let in. It is safe for concurrent use.
type Gate struct {
	config Config
	keys   *keys
	local  *Buckets
	count  *counter // nil without a quota store
	Counts Counts
}

// New makes a gate that asks by client.
func New(c Config, client *http.Client) *Gate {
	c = c.Defaults()
	g := &Gate{config: c, keys: newKeys(c, client), local: NewBuckets()}
	if c.Count != "" {
		g.count = newCounter(c, client)
	}
	return g
}

// Admit decides about a request, takes its key away, and writes into the answer's
// header what is left to its tenant. The error is a [Refusal].
func (g *Gate) Admit(header http.Header, r *http.Request) error {
	key := r.Header.Get(KeyHeader)
	r.Header.Del(KeyHeader)
	r.Header.Del(TenantHeader)
	if key == "" {
		return g.Counts.refuse(&Refusal{Status: http.StatusUnauthorized, Text: "a request needs an API key in the header " + KeyHeader})
	}
	t, err := g.keys.find(r.Context(), order.KeySum(key))
	switch {
	case errors.Is(err, errUnknown):
		return g.Counts.refuse(&Refusal{Status: http.StatusUnauthorized, Text: "nobody has this API key"})
	case err != nil:
		return g.Counts.refuse(&Refusal{Status: http.StatusServiceUnavailable, Text: "the API key cannot be looked up: " + err.Error(), Retry: time.Second})
	}
	r.Header.Set(TenantHeader, t.Name)
	if g.config.has(bug.NoRateLimit) {
		return nil
	}
	d, err := g.take(r.Context(), t)
	if err != nil {
		return g.Counts.refuse(&Refusal{Status: http.StatusServiceUnavailable, Text: "the quota store does not answer: " + err.Error(), Retry: time.Second})
	}
	d.write(header, t)
	if !d.Allowed {
		return g.Counts.refuse(&Refusal{Status: http.StatusTooManyRequests, Text: fmt.Sprintf("tenant %s may send %v requests per second", t.Name, t.Rate), Retry: d.Retry})
	}
	return nil
}

// take asks the quota store, and where that is silent the own count: whoever has
// paid is served, and nobody can send more than a part of a region's limit to one
// gateway.
func (g *Gate) take(ctx context.Context, t order.Tenant) (Decision, error) {
	if g.count != nil {
		d, err := g.count.take(ctx, t)
		if err == nil {
			return d, nil
		}
		g.Counts.alone.Add(1)
		if g.config.has(bug.QuotaFailsClosed) {
			return Decision{}, err
		}
	}
	return g.local.Take(t.Key, t.Rate/float64(g.config.Parts), max(1, t.Burst/g.config.Parts), time.Now()), nil
}
