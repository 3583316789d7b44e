package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

// An origin is an upstream that counts.
type origin struct {
	*httptest.Server
	hits atomic.Int64
}

func newOrigin(t *testing.T, h http.HandlerFunc) *origin {
	o := &origin{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.hits.Add(1)
		h(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *origin) upstream(name string, tier int) Upstream {
	return Upstream{Name: name, Region: "r", Tier: tier, Addr: netip.MustParseAddrPort(o.Listener.Addr().String())}
}

// nowhere is an address that refuses.
func nowhere(t *testing.T, name string, tier int) Upstream {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return Upstream{Name: name, Region: "r", Tier: tier, Addr: netip.MustParseAddrPort(l.Addr().String())}
}

// front is a gateway over upstreams that are taken to be healthy.
func front(t *testing.T, c Config) (*gateway, *httptest.Server) {
	c = c.Defaults().withBugs()
	c.Name, c.Region = "us-east-gateway-1", "us-east"
	p := newPool(c, func(verdict) {})
	t.Cleanup(p.close)
	for _, u := range c.Upstreams {
		mark(p, u.Name, true)
	}
	g := newGateway(c, p, nil, newAccessLog(c.Name))
	srv := httptest.NewServer(g)
	t.Cleanup(srv.Close)
	return g, srv
}

func ok(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Region", "not-mine")
	w.Header().Set("X-Epoch", "7")
	fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.RequestURI(), body)
}

// hang never answers. Only once the body is read does the server notice that
// the client has gone.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func do(t *testing.T, method, url, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestPassesThroughAndSigns(t *testing.T) {
	_, srv := front(t, Config{Upstreams: []Upstream{newOrigin(t, ok).upstream("a", 0)}})
	res, body := do(t, "POST", srv.URL+"/orders?x=1", "hello")
	if res.StatusCode != 200 || body != "POST /orders?x=1 hello" {
		t.Errorf("got %d %q", res.StatusCode, body)
	}
	for header, want := range map[string]string{"X-Region": "us-east", "X-Instance": "us-east-gateway-1", "X-Epoch": "7", "X-Upstream": "a"} {
		if got := res.Header.Values(header); len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
}

func TestEdgeKeepsTheRegionThatServed(t *testing.T) {
	_, srv := front(t, Config{Edge: true, Upstreams: []Upstream{newOrigin(t, ok).upstream("a", 0)}})
	if res, _ := do(t, "GET", srv.URL+"/orders", ""); res.Header.Get("X-Region") != "not-mine" || res.Header.Get("X-Edge") != "us-east-gateway-1" {
		t.Errorf("headers are %v", res.Header)
	}
}

// Who may be asked twice, and what is answered when all has failed.
func TestRetries(t *testing.T) {
	for _, tt := range []struct {
		name, method string
		first        func(t *testing.T) Upstream
		want         int
		header       string
	}{
		{name: "GET after refusal", method: "GET", first: func(t *testing.T) Upstream { return nowhere(t, "a", 0) }, want: 200},
		{name: "POST after refusal", method: "POST", first: func(t *testing.T) Upstream { return nowhere(t, "a", 0) }, want: 200},
		{name: "GET after 503", method: "GET", first: func(t *testing.T) Upstream { return newOrigin(t, status(503)).upstream("a", 0) }, want: 200},
		{name: "POST after 503", method: "POST", first: func(t *testing.T) Upstream { return newOrigin(t, status(503)).upstream("a", 0) }, want: 503},
		{name: "GET after 500", method: "GET", first: func(t *testing.T) Upstream { return newOrigin(t, status(500)).upstream("a", 0) }, want: 500},
		{name: "GET after silence", method: "GET", first: func(t *testing.T) Upstream { return newOrigin(t, hang).upstream("a", 0) }, want: 200},
		{name: "POST after silence", method: "POST", first: func(t *testing.T) Upstream { return newOrigin(t, hang).upstream("a", 0) }, want: 504},
	} {
		t.Run(tt.name, func(t *testing.T) {
			second := newOrigin(t, ok)
			_, srv := front(t, Config{Upstreams: []Upstream{tt.first(t), second.upstream("b", 1)},
				Timeouts: Timeouts{Connect: 50 * time.Millisecond, Try: 100 * time.Millisecond, Total: 2 * time.Second}})
			res, body := do(t, tt.method, srv.URL+"/orders", "body")
			if res.StatusCode != tt.want {
				t.Errorf("answered %d %q, want %d", res.StatusCode, body, tt.want)
			}
			if res.StatusCode == 200 && body != tt.method+" /orders body" {
				t.Errorf("the second upstream saw %q", body)
			}
			if res.Header.Get("X-Region") != "us-east" || res.Header.Get("X-Instance") != "us-east-gateway-1" {
				t.Errorf("unsigned answer: %v", res.Header)
			}
		})
	}
}

func TestNoHealthyUpstream(t *testing.T) {
	g, srv := front(t, Config{Upstreams: []Upstream{newOrigin(t, ok).upstream("a", 0)}})
	mark(g.pool, "a", false)
	for path, want := range map[string]int{"/orders": 503, "/readyz": 503, "/healthz": 200} {
		if res, _ := do(t, "GET", srv.URL+path, ""); res.StatusCode != want || res.Header.Get("X-Region") != "us-east" {
			t.Errorf("%s: %d, region %q, want %d", path, res.StatusCode, res.Header.Get("X-Region"), want)
		}
	}
	g.config.Bugs = []string{bug.HealthCheckLies}
	if res, _ := do(t, "GET", srv.URL+"/readyz", ""); res.StatusCode != 200 {
		t.Errorf("the lying gateway said %d", res.StatusCode)
	}
}

// However badly all upstreams fail, they get no more than the budget allows;
// with the bug they get eleven times the load.
func TestRetryBudgetCapsAmplification(t *testing.T) {
	const requests = 200
	for _, tt := range []struct {
		bugs     []string
		min, max int64
	}{
		{nil, requests, requests + 10 + requests/5},
		{[]string{bug.RetryStorm}, 11 * requests, 11 * requests},
	} {
		a, b := newOrigin(t, status(503)), newOrigin(t, status(503))
		_, srv := front(t, Config{Bugs: tt.bugs, Upstreams: []Upstream{a.upstream("a", 0), b.upstream("b", 0)}, Eject: Eject{Failures: 1e9, For: 1}})
		for range requests {
			do(t, "GET", srv.URL+"/orders", "")
		}
		if n := a.hits.Load() + b.hits.Load(); n < tt.min || n > tt.max {
			t.Errorf("bugs %v: %d requests became %d, want %d to %d", tt.bugs, requests, n, tt.min, tt.max)
		}
	}
}

// A silent tier must not hold a request longer than its total time.
func TestTotalTimeIsKept(t *testing.T) {
	var all []Upstream
	for i := range 5 {
		all = append(all, newOrigin(t, hang).upstream(fmt.Sprint(i), 0))
	}
	_, srv := front(t, Config{Upstreams: all, Retries: Retries{Budget: 1, Burst: 100, Max: 5},
		Timeouts: Timeouts{Connect: 100 * time.Millisecond, Try: 150 * time.Millisecond, Total: 400 * time.Millisecond}})
	began := time.Now()
	res, _ := do(t, "GET", srv.URL+"/orders", "")
	if took := time.Since(began); res.StatusCode != 504 || took < 390*time.Millisecond || took > 2*time.Second {
		t.Errorf("answered %d after %v, want 504 after 400ms", res.StatusCode, took)
	}
}

func TestSlowPathsHaveTheirOwnTime(t *testing.T) {
	o := newOrigin(t, func(http.ResponseWriter, *http.Request) { time.Sleep(150 * time.Millisecond) })
	_, srv := front(t, Config{Upstreams: []Upstream{o.upstream("a", 0)},
		Timeouts: Timeouts{Connect: time.Second, Try: 50 * time.Millisecond, Total: 100 * time.Millisecond},
		Slow:     map[string]Timeouts{"/list": {Try: 5 * time.Second, Total: 5 * time.Second}}})
	for path, want := range map[string]int{"/orders": 504, "/list": 200} {
		if res, _ := do(t, "GET", srv.URL+path, ""); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
}

// An answer that stops in the middle is cut off; one that goes on slowly is not.
func TestBodies(t *testing.T) {
	drip := func(n int, pause time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for range n {
				fmt.Fprint(w, "x")
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(pause):
				}
			}
		}
	}
	for _, tt := range []struct {
		name  string
		pause time.Duration
		whole bool
	}{{"slow", 60 * time.Millisecond, true}, {"stuck", time.Minute, false}} {
		_, srv := front(t, Config{Upstreams: []Upstream{newOrigin(t, drip(10, tt.pause)).upstream("a", 0)},
			Timeouts: Timeouts{Connect: time.Second, Try: 300 * time.Millisecond, Total: 400 * time.Millisecond}})
		res, err := http.Get(srv.URL + "/orders")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if whole := err == nil && len(text) == 10; whole != tt.whole {
			t.Errorf("%s body: %d bytes, error %v", tt.name, len(text), err)
		}
	}
}

// A large body goes through once, whole.
func TestLargeBody(t *testing.T) {
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	})
	_, srv := front(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}})
	for _, size := range []int{replayLimit - 1, replayLimit, replayLimit + 1, 10 * replayLimit} {
		for _, body := range []io.Reader{strings.NewReader(strings.Repeat("x", size)), io.LimitReader(zeros{}, int64(size))} {
			res, err := http.Post(srv.URL+"/orders", "text/plain", body)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if string(text) != fmt.Sprint(size) {
				t.Errorf("body of %d bytes arrived as %q (%d)", size, text, res.StatusCode)
			}
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A client that gives up says nothing about the upstream, and frees it.
func TestClientThatGivesUp(t *testing.T) {
	g, srv := front(t, Config{Upstreams: []Upstream{newOrigin(t, hang).upstream("a", 0)}, Eject: Eject{Failures: 1, For: time.Hour}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", srv.URL+"/orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(req); err == nil {
		t.Fatal("the request was answered")
	}
	deadline := time.Now().Add(5 * time.Second)
	for g.pool.states()[0].InFlight > 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if s := g.pool.states()[0]; s.InFlight != 0 || s.Ejected {
		t.Errorf("upstream afterwards: %+v", s)
	}
}

func TestMetricsAndAdmin(t *testing.T) {
	_, srv := front(t, Config{Upstreams: []Upstream{newOrigin(t, ok).upstream("a", 0), nowhere(t, "b", 0)}, Eject: Eject{Failures: 1, For: time.Hour}})
	for range 4 {
		do(t, "GET", srv.URL+"/orders", "")
	}
	_, metrics := do(t, "GET", srv.URL+"/metrics", "")
	for _, want := range []string{`gateway_requests_total{code="200"} 4`, `gateway_retries_total 1`,
		`gateway_upstream_healthy{region="r",upstream="a"} 1`, `gateway_upstream_healthy{region="r",upstream="b"} 0`,
		`gateway_upstream_ejections_total{region="r",upstream="b"} 1`, `gateway_request_duration_seconds_count 4`,
		`gateway_upstream_tries_total{result="connection refused",upstream="b"} 1`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %q among the metrics", want)
		}
	}
	if _, body := do(t, "GET", srv.URL+"/admin/upstreams", ""); !strings.Contains(body, `"ejected":true`) {
		t.Errorf("upstreams: %s", body)
	}
}

func TestClientKey(t *testing.T) {
	g := &gateway{config: Config{Trust: []netip.Addr{netip.MustParseAddr("10.0.0.9")}}}
	for _, tt := range []struct{ remote, forwarded, want string }{
		{"10.0.0.1:5", "", "10.0.0.1"},
		{"10.0.0.1:5", "6.6.6.6", "10.0.0.1"},
		{"10.0.0.9:5", "6.6.6.6, 7.7.7.7", "6.6.6.6"},
		{"[::1]:5", "", "::1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := g.clientOf(r); got != tt.want {
			t.Errorf("%s for %q: client is %q, want %q", tt.remote, tt.forwarded, got, tt.want)
		}
	}
}
