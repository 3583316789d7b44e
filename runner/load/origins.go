package load

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"

	"github.com/drillctl/drillctl/runner/load/probe"
	"github.com/drillctl/drillctl/runner/load/resolve"
)

// An Origin is a group of clients near one region.
type Origin struct {
	Name  string  `json:"name"`  // the region
	Share float64 `json:"share"` // of the requests of each route
	// Subnet is what their resolver tells name servers of them; the zero Prefix for
	// nothing.
	Subnet netip.Prefix `json:"subnet,omitzero"`
	// From are the local addresses that their connections come from, one of a family;
	// none leaves it to the kernel.
	From []netip.Addr `json:"from,omitempty"`
}

func checkOrigins(all []Origin) error {
	var errs []error
	sum, seen := 0.0, map[string]bool{}
	for _, o := range all {
		if o.Name == "" || seen[o.Name] {
			errs = append(errs, fmt.Errorf("load origin %q: has no name of its own", o.Name))
		}
		if !(o.Share > 0 && o.Share <= 1) { // so that NaN is caught
			errs = append(errs, fmt.Errorf("load origin %q: share %v, want more than 0 and at most 1", o.Name, o.Share))
		}
		seen[o.Name] = true
		sum += o.Share
	}
	if math.Abs(sum-1) > 1e-6 {
		errs = append(errs, fmt.Errorf("load origins: their shares are %v together, want 1", sum))
	}
	return errors.Join(errs...)
}

// openOrigins gives every group of clients a resolver and connections of its own.
// One group has no name.
func (a *attack) openOrigins() {
	groups := a.cfg.Origins
	if len(groups) == 0 {
		groups = []Origin{{Share: 1}}
	}
	for i, g := range groups {
		r := resolve.New(a.cfg.DNS, nil)
		r.Cache, r.Subnet = a.cfg.Cache, g.Subnet
		d := resolve.NewDialer(r, a.cfg.Timeout, a.cfg.Seed+uint64(i))
		d.From = g.From
		pool := a.cfg.transport(a.cfg.Profile, a.cfg.Timeout, d)
		a.pools = append(a.pools, pool)
		a.origins = append(a.origins, probe.Origin{Name: g.Name, Share: g.Share, Base: pool})
	}
}

// closePools lets go of the clients' connections.
func closePools(pools []*http.Transport) {
	for _, p := range pools {
		p.CloseIdleConnections()
	}
}
