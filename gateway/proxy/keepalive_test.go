package proxy

import (
	"context"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// A connection is asked to end between half of the keep-alive time and all of
// it, and never where there is no limit.
func TestConnectionsGrowOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Config{KeepAlive: 10 * time.Second}
		var young []time.Duration
		for range 50 {
			r := httptest.NewRequest("GET", "/", nil)
			r = r.WithContext(c.age(context.Background(), nil))
			began := time.Now()
			for !old(r) {
				time.Sleep(100 * time.Millisecond)
			}
			life := time.Since(began)
			if life < 5*time.Second || life > 10200*time.Millisecond {
				t.Fatalf("a connection lived %s", life)
			}
			young = append(young, life)
		}
		spread := false
		for _, l := range young {
			spread = spread || l != young[0]
		}
		if !spread {
			t.Error("all connections end at the same age")
		}
		for _, keep := range []time.Duration{0, -1} {
			r := httptest.NewRequest("GET", "/", nil)
			r = r.WithContext(Config{KeepAlive: keep}.age(context.Background(), nil))
			time.Sleep(time.Hour)
			if old(r) {
				t.Errorf("keep-alive %d ends connections", keep)
			}
		}
	})
}
