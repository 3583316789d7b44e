package gateway

import (
	"reflect"
	"testing"
	"time"
)

// The issuer is one node of the primary region, whose tokens all gateways of regions
// believe, each with a place to keep its keys. Without tokens there is none of it.
func TestTokensLayout(t *testing.T) {
	want := Tokens{Lifetime: time.Minute, Refresh: time.Second, Keep: time.Hour, Leeway: 2 * time.Second}
	nodes, configs, entry := lay(t, Config{Tokens: &want, Routing: Edge})
	i := configs["us-east-issuer-1"].Issuer
	if i == nil || i.Dir == "" || nodes["us-east-issuer-1"].Data != i.Dir || i.URL+"/healthz" != nodes["us-east-issuer-1"].Ready || i.Lifetime != want.Lifetime || i.Leeway != want.Leeway {
		t.Fatalf("issuer %+v", i)
	}
	if entry.Issuer != i.URL || entry.Audience == "" || entry.Leeway != want.Leeway {
		t.Errorf("entry %+v", entry)
	}
	n := 0
	for name, nc := range configs {
		switch {
		case nc.Role == RoleEdge && nc.Proxy.Tokens != nil:
			t.Errorf("%s wants tokens, too", name)
		case nc.Role == RoleGateway:
			n++
			if c := nc.Proxy.Tokens; c == nil || c.Issuer != i.URL || c.Audience != entry.Audience || c.Keep != want.Keep || nodes[name].Data == "" || c.Cache == "" {
				t.Errorf("%s: %+v, data %q", name, c, nodes[name].Data)
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
	other, err := Settings(nodes["eu-gateway-2"])
	if err != nil {
		t.Fatal(err)
	}
	for k := range one {
		if p := one[k].Path; len(p) > 12 && p[:12] == "proxy.tokens" && !reflect.DeepEqual(one[k], other[k]) {
			t.Errorf("two gateways of a region differ: %+v, %+v", one[k], other[k])
		}
	}
	if errs := (Config{Tokens: &Tokens{Lifetime: time.Second, Refresh: time.Hour * 2, Keep: time.Minute, Leeway: -1}}).Defaults().Check(); len(errs) != 4 {
		t.Errorf("%v", errs)
	}
	_, plain, entry := lay(t, Config{})
	if c := plain["us-east-gateway-1"].Proxy; entry.Issuer != "" || c.Tokens != nil {
		t.Errorf("tokens without being asked for: %+v", c.Tokens)
	}
}
