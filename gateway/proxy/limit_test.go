package proxy

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

// holding takes n requests and keeps them in flight; who got how many.
func holding(p *pool, n int) map[string]int {
	got := map[string]int{}
	for range n {
		name := "nobody"
		if u := p.pick("", nil); u != nil {
			name = u.Name
		}
		got[name]++
	}
	return got
}

// A full upstream is passed over for others, of any tier; when all are full
// nobody is asked, and that is not taken for sickness.
func TestUpstreamLimit(t *testing.T) {
	for _, tt := range []struct {
		name  string
		bugs  []string
		limit int
		want  map[string]int
	}{
		{"limit", nil, 2, map[string]int{"0a": 2, "0b": 2, "1a": 2, "nobody": 4}},
		{"no limit", nil, 0, map[string]int{"0a": 5, "0b": 5}},
		{"bug", []string{bug.NoBreaker}, 2, map[string]int{"0a": 5, "0b": 5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := pooled(t, "0a 0b 1a", Config{Bugs: tt.bugs, Limits: Limits{Upstream: tt.limit}})
			got := holding(p, 10)
			for name, n := range tt.want {
				if got[name] != n {
					t.Fatalf("%v, want %v", got, tt.want)
				}
			}
			if got["nobody"] == 0 {
				return
			}
			if err := p.whyNone(); err != errFull {
				t.Errorf("nobody because of %v", err)
			}
			i := slices.IndexFunc(p.all, func(u *upstream) bool { return u.Name == "0b" })
			p.done(p.all[i], good, "ok")
			if u := p.pick("", nil); u == nil || u.Name != "0b" {
				t.Errorf("there is room at 0b, and %+v is asked", u)
			}
			if s := p.states(); s[i].Overflows == 0 || s[i].InFlight != tt.limit {
				t.Errorf("state %+v", s[i])
			}
		})
	}
	p, _ := pooled(t, "0a", Config{Limits: Limits{Upstream: 1}})
	if mark(p, "0a", false); p.whyNone() != errNoUpstream {
		t.Error("nobody is healthy, and that is called full")
	}
}

// More than a gateway may have in flight is refused at once, with a time to come
// again; its own pages are answered all the same.
func TestGatewayLimit(t *testing.T) {
	for _, tt := range []struct {
		bugs []string
		want int
	}{{nil, 503}, {[]string{bug.NoShedding}, 200}} {
		release := make(chan struct{})
		o := newOrigin(t, func(_ http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/slow") {
				<-release
			}
		})
		g, srv := front(t, Config{Bugs: tt.bugs, Limits: Limits{Gateway: 3}, Upstreams: []Upstream{o.upstream("a", 0)},
			Timeouts: Timeouts{Connect: time.Second, Try: 20 * time.Second, Total: 20 * time.Second}})
		var held sync.WaitGroup
		for range 3 {
			held.Go(func() {
				if res, _ := do(t, "GET", srv.URL+"/slow", ""); res.StatusCode != 200 {
					t.Errorf("one of three: %d", res.StatusCode)
				}
			})
		}
		for end := time.Now().Add(10 * time.Second); o.hits.Load() < 3 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		res, body := do(t, "GET", srv.URL+"/orders", "")
		if res.StatusCode != tt.want || (tt.want == 503) != (res.Header.Get("Retry-After") == "1") || (tt.want == 503) != strings.Contains(body, errBusy.Error()) {
			t.Errorf("bugs %v: a fourth got %d %v %s", tt.bugs, res.StatusCode, res.Header, body)
		}
		if res, _ := do(t, "GET", srv.URL+"/readyz", ""); res.StatusCode != 200 {
			t.Errorf("/readyz %d", res.StatusCode)
		}
		if _, page := do(t, "GET", srv.URL+"/metrics", ""); (tt.want == 503) != strings.Contains(page, "gateway_shed_total 1") {
			t.Errorf("bugs %v: the metrics say otherwise", tt.bugs)
		}
		close(release)
		held.Wait()
		if n := g.inflight.Load(); n != 0 {
			t.Errorf("%d left in flight", n)
		}
	}
}
