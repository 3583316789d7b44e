package counts

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/quota"
	"github.com/drillctl/drillctl/gateway/store/order"
)

func TestTake(t *testing.T) {
	srv := httptest.NewServer(routes(Config{Name: "us-east-quota-1", Region: "us-east"}))
	defer srv.Close()
	body, err := json.Marshal(order.Tenant{Name: "shop", Key: order.KeySum("k"), Rate: 0.001, Burst: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		res, err := http.Post(srv.URL+"/take", "application/json", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		var d quota.Decision
		if err := json.NewDecoder(res.Body).Decode(&d); err != nil || d.Allowed != (i < 3) || (d.Retry > 0) != (i >= 3) {
			t.Errorf("request %d: %+v, %v", i, d, err)
		}
		res.Body.Close()
	}
	for path, want := range map[string]int{"/take": 400, "/other": 404} {
		res, err := http.Post(srv.URL+path, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, Config{Name: "q", Addr4: netip.MustParseAddr("127.0.0.1")}) }()
	cancel()
	select {
	case err := <-done:
		if err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it goes on")
	}
}
