package proxy

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/control"
	"github.com/drillctl/drillctl/gateway/routes"
	"github.com/drillctl/drillctl/gateway/store/reply"
)

// giver is a control plane that gives out one table and keeps the last report;
// without a table it is broken.
type giver struct {
	*httptest.Server
	table atomic.Pointer[routes.Table]
	last  atomic.Pointer[control.Report]
}

func newGiver(t *testing.T) *giver {
	g := &giver{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var said control.Report
		if json.NewDecoder(r.Body).Decode(&said) != nil || g.table.Load() == nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		g.last.Store(&said)
		reply.JSON(w, http.StatusOK, g.table.Load())
	}))
	t.Cleanup(g.Close)
	return g
}

// following is a gateway that has its routes from a control plane.
func following(t *testing.T, at, cache string, bugs ...string) (*follower, *httptest.Server) {
	t.Helper()
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/orders/missing" {
			w.Header().Set(reply.Missing, "true")
		}
		if !strings.HasPrefix(r.URL.Path, "/orders") || r.URL.Path == "/orders/missing" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(r.URL.RequestURI()))
	})
	c := Config{Name: "a-gateway-1", Region: "a", Bugs: bugs, Upstreams: []Upstream{o.upstream("a", 0)},
		Control: &Control{URL: at, Every: 50 * time.Millisecond, Cache: cache}}.Defaults()
	p := newPool(c, func(verdict) {})
	t.Cleanup(p.close)
	mark(p, "a", true)
	f := newFollower(c, func(string) {})
	srv := httptest.NewServer(newGateway(c, p, f, newAccessLog(c.Name)))
	t.Cleanup(srv.Close)
	return f, srv
}

func once(t *testing.T, f *follower) {
	t.Helper()
	table, err := f.ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.take(table)
}

// Requests go where the routes say, answers say by which version, and the control
// plane is told how they went.
func TestRoutes(t *testing.T) {
	g := newGiver(t)
	f, srv := following(t, g.URL, filepath.Join(t.TempDir(), "new", "routes.json"))
	for _, path := range []string{"/orders", "/readyz"} {
		if res, _ := do(t, "GET", srv.URL+path, ""); res.StatusCode != 503 || res.Header.Get(VersionHeader) != "0" {
			t.Errorf("%s without routes: %d %v", path, res.StatusCode, res.Header)
		}
	}
	g.table.Store(&routes.Table{Version: 3, Routes: []routes.Route{{Path: "/orders", To: "/orders"}, {Path: "/v9/*", To: "/orders/*"}, {Path: "/bad/*", To: "/nowhere/*"}}})
	once(t, f)
	for path, want := range map[string]string{"/orders?limit=1": "200 /orders?limit=1", "/v9/7?x=1": "200 /orders/7?x=1", "/v9/missing": "404 /orders/missing", "/bad/7": "404 /nowhere/7"} {
		res, body := do(t, "GET", srv.URL+path, "")
		if got := strings.TrimSpace(res.Status[:4] + body); got != want || res.Header.Get(VersionHeader) != "3" {
			t.Errorf("%s: %s by version %s, want %s", path, got, res.Header.Get(VersionHeader), want)
		}
	}
	if res, body := do(t, "GET", srv.URL+"/elsewhere", ""); res.StatusCode != 404 || !strings.Contains(body, errNoRoute.Error()) {
		t.Errorf("no route: %d %s", res.StatusCode, body)
	}
	if res, _ := do(t, "GET", srv.URL+"/readyz", ""); res.StatusCode != 200 {
		t.Errorf("/readyz %d", res.StatusCode)
	}
	once(t, f)
	if r := g.last.Load(); r.Version != 3 || r.Requests != 5 || r.Bad != 2 || r.Region != "a" {
		t.Errorf("report %+v", r)
	}
	if _, page := do(t, "GET", srv.URL+"/metrics", ""); !strings.Contains(page, "gateway_config_version 3") || !strings.Contains(page, "gateway_config_age_seconds") {
		t.Error("the metrics do not tell the version")
	}
}

// While new routes are kept on a slow disk, and told of, requests go on.
func TestNewRoutesHoldNobodyUp(t *testing.T) {
	f, _ := following(t, "http://nobody", filepath.Join(t.TempDir(), "routes.json"))
	f.tell = func(string) {
		routed := make(chan struct{})
		go func() { _, _, _ = f.route("/orders"); close(routed) }()
		select {
		case <-routed:
		case <-time.After(5 * time.Second):
			t.Error("a request waits")
		}
	}
	f.take(routes.First())
	if v, _ := f.version(); v != 1 {
		t.Errorf("version %d", v)
	}
}

// Without a control plane a gateway goes on with what it has, also after a
// restart; with the bugs it does not.
func TestStaticStability(t *testing.T) {
	for _, tt := range []struct {
		bugs             []string
		later, restarted int // versions
	}{
		{nil, 1, 1},
		{[]string{bug.NeedsControlPlane}, 0, 1},
		{[]string{bug.NoConfigCache}, 1, 0},
	} {
		g, cache := newGiver(t), filepath.Join(t.TempDir(), "routes.json")
		first := routes.First()
		g.table.Store(&first)
		f, _ := following(t, g.URL, cache, tt.bugs...)
		once(t, f)
		g.table.Store(nil)
		if _, err := f.ask(t.Context()); err == nil {
			t.Fatal("a broken control plane was believed")
		}
		f.heard = time.Now().Add(-time.Minute)
		f.forget()
		if v, _ := f.version(); v != tt.later {
			t.Errorf("bugs %v, a minute later: version %d, want %d", tt.bugs, v, tt.later)
		}
		again, _ := following(t, g.URL, cache, tt.bugs...)
		if v, _ := again.version(); v != tt.restarted || again.lost() != (v == 0) {
			t.Errorf("bugs %v, restarted: version %d, want %d", tt.bugs, v, tt.restarted)
		}
	}
}
