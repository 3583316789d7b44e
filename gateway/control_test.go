package gateway

import (
	"reflect"
	"testing"
	"time"
)

// A control plane is one node of the primary region, from which all gateways of
// regions have their routes, each with a place to keep them.
func TestControlPlaneLayout(t *testing.T) {
	nodes, configs, _ := lay(t, Config{Control: &Control{Every: time.Second, Canary: 2 * time.Second}, Routing: Edge})
	c := configs["us-east-control-1"].Control
	if c == nil || c.Dir == "" || nodes["us-east-control-1"].Data != c.Dir || c.Canary != 2*time.Second || !reflect.DeepEqual(c.Regions, []string{"us-east", "us-west", "eu"}) {
		t.Fatalf("control plane %+v", c)
	}
	n := 0
	for name, nc := range configs {
		switch {
		case nc.Role == RoleEdge && nc.Proxy.Control != nil:
			t.Errorf("%s has routes, too", name)
		case nc.Role == RoleGateway:
			n++
			if k := nc.Proxy.Control; k == nil || k.URL+"/healthz" != nodes["us-east-control-1"].Ready || k.Own+"/healthz" != nodes[name].Ready || nodes[name].Data == "" {
				t.Errorf("%s: %+v, data %q", name, k, nodes[name].Data)
			}
		}
	}
	if n != 6 {
		t.Errorf("%d gateways", n)
	}
	one, err := Settings(nodes["eu-gateway-1"])
	if err != nil {
		t.Fatal(err)
	}
	if other, err := Settings(nodes["eu-gateway-2"]); err != nil || len(one) != len(other) {
		t.Errorf("%v", err)
	} else {
		for i := range one {
			if p := one[i].Path; len(p) > 13 && p[:13] == "proxy.control" && !reflect.DeepEqual(one[i], other[i]) {
				t.Errorf("two gateways of a region differ: %+v, %+v", one[i], other[i])
			}
		}
	}
	if errs := (Config{Control: &Control{Every: -1, Canary: -1}}).Defaults().Check(); len(errs) != 2 {
		t.Errorf("%v", errs)
	}
}
