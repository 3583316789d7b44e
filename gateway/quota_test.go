package gateway

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/store/order"
)

// Keys are added in one region; gateways ask their own region's store, and all of
// them one quota store.
func TestQuotaLayout(t *testing.T) {
	c := Config{Quota: &Quota{LoadAs: "shop", Tenants: []Tenant{{"shop", "k1", 100, 10}, {"guest", "k2", 5, 1}}, Store: &QuotaStore{Wait: 20 * time.Millisecond}}}
	nodes, configs, _ := lay(t, c)
	count := ""
	for name, nc := range configs {
		switch nc.Role {
		case RoleQuota:
			if nc.Region != "us-east" || nc.Counts == nil || count != "" {
				t.Errorf("%s: %+v", name, nc)
			}
			count = strings.TrimSuffix(nodes[name].Ready, "/healthz")
		case RoleStore:
			if (len(nc.Store.Tenants) == 2) != (nc.Region == "us-east") {
				t.Errorf("%s adds %v", name, nc.Store.Tenants)
			}
			if text := nodes[name].Env[0]; strings.Contains(text, `"k1"`) {
				t.Errorf("%s is told a key: %s", name, text)
			}
		}
	}
	if count == "" || nodes["us-east-store-1"].Name == "" || configs["us-east-store-1"].Store.Tenants[1] != (order.Tenant{Name: "guest", Key: order.KeySum("k2"), Rate: 5, Burst: 1}) {
		t.Fatalf("quota store %q, tenants %+v", count, configs["us-east-store-1"].Store.Tenants)
	}
	for name, nc := range configs {
		if nc.Role != RoleGateway {
			continue
		}
		own := strings.TrimSuffix(nodes[nc.Region+"-store-1"].Ready, "/healthz")
		if q := nc.Proxy.Quota; q == nil || q.Store != own || q.Count != count || q.Parts != 2 || q.Wait != 20*time.Millisecond {
			t.Errorf("%s: %+v", name, q)
		}
	}
	if h := c.LoadHeaders(); h["X-API-Key"] != "k1" || len(h) != 1 {
		t.Errorf("the load sends %v", h)
	}
	if h := (Config{}).LoadHeaders(); h != nil {
		t.Errorf("the load sends %v", h)
	}
	c.Quota.Store = nil
	if _, configs, _ := lay(t, c); configs["eu-gateway-1"].Proxy.Quota.Count != "" || configs["us-east-quota-1"].Name != "" {
		t.Error("there is a quota store that nobody wants")
	}
}

func TestQuotaCheck(t *testing.T) {
	q := &Quota{LoadAs: "nobody", Cache: -1, Store: &QuotaStore{Wait: time.Hour}, Tenants: []Tenant{
		{"No Name", "k", 1, 1}, {"a", "", 1, 1}, {"b", "kb", math.NaN(), 1}, {"c", "kc", 1, 0}, {"d", "kb", 1, 1}}}
	if errs := (Config{Quota: q}).Defaults().Check(); len(errs) != 8 {
		t.Errorf("%d problems: %v", len(errs), errs)
	}
}
