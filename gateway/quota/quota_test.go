package quota

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/order"
)

// A world has the store and the quota store, each of which may be silent.
type world struct {
	tenants                  map[string]order.Tenant
	buckets                  *Buckets
	storeSilent, countSilent atomic.Bool
	asked, counted           atomic.Int64
}

func newWorld(tenants ...order.Tenant) *world {
	w := &world{tenants: map[string]order.Tenant{}, buckets: NewBuckets()}
	for _, t := range tenants {
		w.tenants[t.Key] = t
	}
	return w
}

// RoundTrip implements http.RoundTripper.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	silent, n := &w.storeSilent, &w.asked
	if r.URL.Host == "count" {
		silent, n = &w.countSilent, &w.counted
	}
	n.Add(1)
	if silent.Load() {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if r.URL.Host == "count" {
		t, err := order.DecodeTenant(r.Body)
		if err != nil {
			return nil, err
		}
		return answer(http.StatusOK, w.buckets.Take(t.Key, t.Rate, t.Burst, time.Now())), nil
	}
	t, ok := w.tenants[strings.TrimPrefix(r.URL.Path, "/keys/")]
	if !ok {
		return answer(http.StatusNotFound, nil), nil
	}
	return answer(http.StatusOK, t), nil
}

func answer(status int, v any) *http.Response {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(text))}
}

func (w *world) gate(c Config) *Gate {
	c.Store = "http://store"
	return New(c, &http.Client{Transport: w})
}

var (
	shop  = order.Tenant{Name: "shop", Key: order.KeySum("shop-key"), Rate: 1000, Burst: 1000}
	noisy = order.Tenant{Name: "noisy", Key: order.KeySum("noisy-key"), Rate: 10, Burst: 5}
)

// ask sends a request with a key and returns what it is answered, 200 when it is
// let in.
func ask(t *testing.T, g *Gate, key string) (int, http.Header, *http.Request) {
	t.Helper()
	return askBy(t, t.Context(), g, key)
}

func askBy(t *testing.T, ctx context.Context, g *Gate, key string) (int, http.Header, *http.Request) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://gateway/orders/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		r.Header.Set(KeyHeader, key)
	}
	r.Header.Set(TenantHeader, "shop") // as if it could choose
	h := http.Header{}
	err = g.Admit(h, r)
	var refusal *Refusal
	switch {
	case err == nil:
		return http.StatusOK, h, r
	case !errors.As(err, &refusal):
		t.Fatal(err)
	}
	return refusal.Status, h, r
}

func TestKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(shop)
		g := w.gate(Config{})
		status, _, r := ask(t, g, "shop-key")
		if status != 200 || r.Header.Get(KeyHeader) != "" || r.Header.Get(TenantHeader) != "shop" {
			t.Errorf("%d, to the API go %v", status, r.Header)
		}
		for _, key := range []string{"", "no-key", "no-key", "no-key"} {
			if status, _, r := ask(t, g, key); status != 401 || r.Header.Get(TenantHeader) != "" {
				t.Errorf("key %q: %d %v", key, status, r.Header)
			}
		}
		if w.asked.Load() != 2 || g.Counts.Unknown() != 4 {
			t.Errorf("the store was asked %d times for two keys, %d refused", w.asked.Load(), g.Counts.Unknown())
		}
		time.Sleep(11 * time.Second) // the cache is over
		ask(t, g, "shop-key")
		delete(w.tenants, shop.Key) // taken back
		if status, _, _ := ask(t, g, "shop-key"); status != 200 || w.asked.Load() != 3 {
			t.Errorf("a key in the cache: %d after %d questions", status, w.asked.Load())
		}
		time.Sleep(11 * time.Second)
		if status, _, _ := ask(t, g, "shop-key"); status != 401 {
			t.Errorf("a key that was taken back: %d", status)
		}
	})
}

// A store that is silent takes nobody's key away, and delays hardly anybody.
func TestStoreIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(shop)
		g := w.gate(Config{})
		ask(t, g, "shop-key")
		time.Sleep(11 * time.Second)
		w.storeSilent.Store(true)
		for i := range 10 {
			began := time.Now()
			if status, _, _ := ask(t, g, "shop-key"); status != 200 {
				t.Errorf("request %d: %d", i, status)
			}
			if took := time.Since(began); took > askWait || i > 0 && took > 0 {
				t.Errorf("request %d took %v", i, took)
			}
		}
		if status, _, _ := ask(t, g, "never-seen"); status != 503 || g.Counts.Unsure() != 1 {
			t.Errorf("a key that cannot be looked up: %d", status)
		}
	})
}

// One question is enough for all who come at once.
func TestOneQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(shop)
		w.storeSilent.Store(true)
		g := w.gate(Config{})
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { ask(t, g, "shop-key") })
		}
		all.Wait()
		if w.asked.Load() != 1 {
			t.Errorf("%d questions", w.asked.Load())
		}
	})
}

// flood sends n requests evenly within a time and returns how many were let in.
func flood(t *testing.T, g *Gate, key string, n int, within time.Duration) (in int, last http.Header) {
	t.Helper()
	for range n {
		status, h, _ := ask(t, g, key)
		if status == 200 {
			in++
		} else if status != 429 {
			t.Errorf("answered %d", status)
		}
		last = h
		time.Sleep(within / time.Duration(n))
	}
	return in, last
}

func TestRateLimit(t *testing.T) {
	for _, tt := range []struct {
		name     string
		config   Config
		min, max int // of 1000 requests in 10 s at 10/s and 5 at once
	}{
		{"one gateway", Config{}, 104, 106},
		{"one of two", Config{Parts: 2}, 51, 53},
		{"bug", Config{Bugs: []string{bug.NoRateLimit}}, 1000, 1000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newWorld(shop, noisy).gate(tt.config)
				in, last := flood(t, g, "noisy-key", 1000, 10*time.Second)
				if in < tt.min || in > tt.max || g.Counts.Limited() != uint64(1000-in) {
					t.Errorf("%d let in, want %d to %d", in, tt.min, tt.max)
				}
				if status, _, _ := ask(t, g, "shop-key"); status != 200 {
					t.Errorf("another tenant: %d", status)
				}
				if in < 1000 && (last.Get("RateLimit-Policy") != `"tenant";q=10;w=1` || last.Get("RateLimit") != `"tenant";r=0;t=1`) {
					t.Errorf("told %v", last)
				}
			})
		})
	}
}

// Gateways that share a quota store let in together what one would.
func TestSharedCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(noisy)
		in := 0
		for _, g := range []*Gate{w.gate(Config{Count: "http://count"}), w.gate(Config{Count: "http://count"})} {
			n, _ := flood(t, g, "noisy-key", 100, time.Second)
			in += n
			if g.Counts.Alone() != 0 {
				t.Errorf("%d decided alone", g.Counts.Alone())
			}
		}
		if in < 23 || in > 26 { // 5 at once and 10/s for 2 s
			t.Errorf("%d let in", in)
		}
	})
}

// A quota store that is silent costs one request of a while a short wait, and each
// gateway keeps to its part; with the bugs all wait, or all are refused.
func TestQuotaStoreIsSilent(t *testing.T) {
	for _, tt := range []struct {
		name   string
		bugs   []string
		status int
		waits  time.Duration // of all 100 requests in a second together, at most
	}{
		{"fails open", nil, 200, 3 * 25 * time.Millisecond},
		{"bug", []string{bug.QuotaFailsClosed}, 503, 3 * 25 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(shop)
				g := w.gate(Config{Count: "http://count", Parts: 2, Bugs: tt.bugs})
				ask(t, g, "shop-key")
				w.countSilent.Store(true)
				began := time.Now()
				for range 100 {
					if status, _, _ := ask(t, g, "shop-key"); status != tt.status {
						t.Fatalf("answered %d, want %d", status, tt.status)
					}
					time.Sleep(10 * time.Millisecond)
				}
				if waited := time.Since(began) - time.Second; waited > tt.waits || g.Counts.Alone() != 100 {
					t.Errorf("waited %v in all, %d decided alone", waited, g.Counts.Alone())
				}
				w.countSilent.Store(false)
				time.Sleep(time.Second)
				before := w.counted.Load()
				for range 10 {
					ask(t, g, "shop-key")
				}
				if w.counted.Load() != before+10 {
					t.Error("it is not asked again when it answers")
				}
			})
		})
	}
}

func TestQuotaWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(shop)
		w.countSilent.Store(true)
		g := w.gate(Config{Count: "http://count", Bugs: []string{bug.QuotaWaits}})
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			askBy(t, ctx, g, "shop-key")
			cancel()
			if took := time.Since(began); took != time.Second {
				t.Errorf("it waited %v, and its client 1s", took)
			}
		}
	})
}

// While it is silent the own count keeps the policy of the region.
func TestAloneWithinTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(noisy)
		w.countSilent.Store(true)
		g := w.gate(Config{Count: "http://count", Parts: 2})
		if in, _ := flood(t, g, "noisy-key", 1000, 10*time.Second); in < 50 || in > 54 {
			t.Errorf("%d let in by one of two gateways at 10/s for 10 s", in)
		}
	})
}

// Requests that are refused at the same time take nothing from the tenant.
func TestRefusedTakeNothing(t *testing.T) {
	b, now := NewBuckets(), time.Now()
	b.Take("key", 100, 1, now)
	now = now.Add(5 * time.Millisecond)
	for range 200 {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 20 {
					if d := b.Take("key", 100, 1, now); d.Allowed || d.Retry < 4*time.Millisecond || d.Retry > 5*time.Millisecond {
						t.Errorf("with half a token: %+v", d)
					}
				}
			})
		}
		all.Wait()
	}
	if d := b.Take("key", 100, 1, now.Add(6*time.Millisecond)); !d.Allowed {
		t.Errorf("after all that were refused: %+v", d)
	}
}
