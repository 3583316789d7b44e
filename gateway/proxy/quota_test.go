package proxy

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/gateway/quota"
	"github.com/drillctl/drillctl/gateway/store/order"
)

// Requests need a key that the store knows, go on without it, and are limited; the
// gateway's own pages need none.
func TestQuota(t *testing.T) {
	shop := order.Tenant{Name: "shop", Key: order.KeySum("secret"), Rate: 0.01, Burst: 2}
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/keys/"+shop.Key {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(shop)
	}))
	defer store.Close()
	var got http.Header
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
	_, srv := front(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Quota: &quota.Config{Store: store.URL}})
	send := func(key string) *http.Response {
		t.Helper()
		req, err := http.NewRequest("GET", srv.URL+"/orders/1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(quota.KeyHeader, key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	for _, want := range []int{200, 200, 429} {
		if res := send("secret"); res.StatusCode != want || res.Header.Get("X-Region") != "us-east" || res.Header.Get("RateLimit-Policy") == "" || (res.Header.Get("Retry-After") != "") != (want == 429) {
			t.Errorf("%d, want %d: %v", res.StatusCode, want, res.Header)
		}
	}
	if got.Get(quota.TenantHeader) != "shop" || got.Get(quota.KeyHeader) != "" {
		t.Errorf("the API is told %v", got)
	}
	if res := send("wrong"); res.StatusCode != 401 || res.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("a wrong key: %d %v", res.StatusCode, res.Header)
	}
	if o.hits.Load() != 2 {
		t.Errorf("%d requests came through", o.hits.Load())
	}
	if res, page := do(t, "GET", srv.URL+"/metrics", ""); res.StatusCode != 200 || !strings.Contains(page, "gateway_rate_limited_total 1") || !strings.Contains(page, "gateway_keys_refused_total 1") {
		t.Errorf("%d, and the metrics say otherwise", res.StatusCode)
	}
}
