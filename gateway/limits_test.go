package gateway

import (
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/api"
	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/proxy"
)

// Limits of connections are for those whom clients reach: gateways, or the edge
// before them.
func TestClientsLayout(t *testing.T) {
	want := proxy.Clients{Limits: listen.Limits{All: 100, PerClient: 10}, Header: time.Second}
	for routing, role := range map[string]string{"failover": RoleGateway, Edge: RoleEdge} {
		_, configs, _ := lay(t, Config{Routing: routing, Connections: want})
		for name, nc := range configs {
			if nc.Proxy != nil && (nc.Proxy.Clients == want) != (nc.Role == role) {
				t.Errorf("%s with routing %s: %+v", name, routing, nc.Proxy.Clients)
			}
		}
	}
	bad := proxy.Clients{Limits: listen.Limits{All: -1, PerClient: -1}, Header: -2}
	if errs := (Config{Connections: bad}).Defaults().Check(); len(errs) != 3 {
		t.Errorf("%v", errs)
	}
}

// Limits are for gateways of regions, not for an edge that carries everything; what
// protects from wrong checks and from the way back is for both.
func TestProtectionLayout(t *testing.T) {
	limits, capacity := proxy.Limits{Upstream: 3, Gateway: 10}, api.Capacity{Workers: 2, ServiceTime: 20 * time.Millisecond}
	_, configs, _ := lay(t, Config{Routing: Edge, Limits: limits, API: capacity, Panic: 0.5, SlowStart: time.Second})
	for name, nc := range configs {
		switch nc.Role {
		case RoleAPI:
			if nc.API.Capacity != capacity {
				t.Errorf("%s: %+v", name, nc.API.Capacity)
			}
		case RoleGateway, RoleEdge:
			want := limits
			if nc.Role == RoleEdge {
				want = proxy.Limits{}
			}
			if p := nc.Proxy; p.Limits != want || p.Panic != 0.5 || p.SlowStart != time.Second {
				t.Errorf("%s: limits %+v, panic %v, slow start %v", name, p.Limits, p.Panic, p.SlowStart)
			}
		}
	}
	if errs := (Config{Limits: proxy.Limits{Upstream: -1, Gateway: -1}, API: api.Capacity{Workers: -1, ServiceTime: -1}, Panic: 2, SlowStart: -1}).Defaults().Check(); len(errs) != 6 {
		t.Errorf("%v", errs)
	}
}
