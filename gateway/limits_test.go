package gateway

import (
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/api"
	"github.com/drillctl/drillctl/gateway/proxy"
)

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
