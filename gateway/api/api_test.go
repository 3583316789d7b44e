package api

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/reply"
)

// front starts the service before a store that is played by handle.
func front(t *testing.T, c Config, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	store := httptest.NewServer(handle)
	t.Cleanup(store.Close)
	c.Name, c.Region, c.Store = "a-api-1", "a", store.URL
	srv := httptest.NewServer(newService(c).routes())
	t.Cleanup(srv.Close)
	return srv
}

func do(t *testing.T, method, url, body string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
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
	return res.StatusCode, string(text), res.Header
}

func TestPassesOn(t *testing.T) {
	srv := front(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Leader", "b")
		w.Header().Set("X-Epoch", "9")
		w.Header().Set("X-Order-Missing", "true")
		w.Header().Set("X-Secret", "s")
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(299)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	})
	for _, tt := range []struct{ method, path, body, want string }{
		{"POST", "/orders", `{"id":"7","item":"x","extra":1}`, `POST /orders {"id":"7","sent_ns":0,"item":"x"}`},
		{"GET", "/orders/7", "", "GET /orders/7 "},
		{"GET", "/orders/7?scope=leader&x=y", "", "GET /orders/7?scope=leader "},
		{"GET", "/orders?after=3&limit=9", "", "GET /orders?after=3&limit=9 "},
		{"GET", "/orders/ids", "", "GET /orders/ids?scope=leader "},
		{"GET", "/orders/ids?scope=local", "", "GET /orders/ids?scope=local "},
	} {
		status, body, header := do(t, tt.method, srv.URL+tt.path, tt.body)
		if status != 299 || body != tt.want {
			t.Errorf("%s %s: %d %q, want %q", tt.method, tt.path, status, body, tt.want)
		}
		if header.Get("X-Leader") != "b" || header.Get("X-Epoch") != "9" || header.Get("X-Order-Missing") != "true" || header.Get("X-Secret") != "" {
			t.Errorf("%s %s: headers %v", tt.method, tt.path, header)
		}
	}
}

func TestRefuses(t *testing.T) {
	srv := front(t, Config{}, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the store was asked for %s", r.URL)
	})
	for _, tt := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/orders", `{"id":"x"}`, 400},
		{"POST", "/orders", `{"id":"1","item":"` + strings.Repeat("x", 66_000) + `"}`, 413},
		{"GET", "/orders/01", "", 400},
		{"PUT", "/orders/1", "", 405},
		{"GET", "/elsewhere", "", 404},
	} {
		status, body, header := do(t, tt.method, srv.URL+tt.path, tt.body)
		if status != tt.want || !json.Valid([]byte(body)) || header.Get("X-Order-Missing") != "" {
			t.Errorf("%s %s: %d %s, want %d", tt.method, tt.path, status, body, tt.want)
		}
	}
}

// What may have happened is never a 4xx, and what did not is said to be so.
func TestStoreGone(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		srv := httptest.NewServer(newService(Config{Region: "a", Store: "http://" + l.Addr().String()}).routes())
		defer srv.Close()
		status, body, header := do(t, "POST", srv.URL+"/orders", `{"id":"1"}`)
		if status != 503 || !strings.Contains(body, `"effect":"none"`) || header.Get("Retry-After") == "" {
			t.Errorf("%d %s %v", status, body, header)
		}
	})
	for name, handle := range map[string]http.HandlerFunc{
		"silent": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"broken": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			srv := front(t, Config{}, handle)
			began := time.Now()
			status, body, _ := do(t, "POST", srv.URL+"/orders", `{"id":"1"}`)
			if status != 504 || !strings.Contains(body, `"effect":"unknown"`) {
				t.Errorf("%d %s", status, body)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
			if status, _, _ := do(t, "GET", srv.URL+"/orders/1", ""); status != 503 {
				t.Errorf("reading: %d, want 503", status)
			}
		})
	}
}

func TestReadiness(t *testing.T) {
	const look = 200 * time.Millisecond
	for _, tt := range []struct {
		name  string
		views map[time.Duration]view // from when on each look shows it
		ready map[time.Duration]bool
	}{
		{"a good start", map[time.Duration]view{0: unready, time.Second: ready},
			map[time.Duration]bool{0: false, 900 * time.Millisecond: false, 1100 * time.Millisecond: true}},
		{"never had a leader", map[time.Duration]view{0: leaderless}, map[time.Duration]bool{0: false, 5 * time.Second: false}},
		{"an election", map[time.Duration]view{0: ready, 2 * time.Second: leaderless, 5 * time.Second: ready},
			map[time.Duration]bool{time.Second: true, 2 * time.Second: true, 4900 * time.Millisecond: true, 6 * time.Second: true}},
		{"no leader for too long", map[time.Duration]view{0: ready, 2 * time.Second: leaderless},
			map[time.Duration]bool{leaderGrace: true, leaderGrace + 2*time.Second + look: false}},
		{"the store is gone", map[time.Duration]view{0: ready, 2 * time.Second: unready},
			map[time.Duration]bool{1900 * time.Millisecond: true, 2100 * time.Millisecond: false}},
		{"gone in the middle of an election", map[time.Duration]view{0: ready, 2 * time.Second: leaderless, 3 * time.Second: unready},
			map[time.Duration]bool{2500 * time.Millisecond: true, 3100 * time.Millisecond: false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r readiness
				began, now := time.Now(), unready
				for at := time.Duration(0); at < 15*time.Second; at += look / 2 {
					if v, changes := tt.views[at]; changes {
						now = v
					}
					if at%look == 0 {
						r.set(now, time.Now())
					}
					if want, asked := tt.ready[at]; asked && r.get(time.Now()) != want {
						t.Errorf("ready %v after %s", !want, time.Since(began))
					}
					time.Sleep(look / 2)
				}
			})
		})
	}
}

// A look that is old says nothing, whatever it showed.
func TestAnOldLookSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r readiness
		if r.get(time.Now()) {
			t.Error("ready before the first look")
		}
		for _, v := range []view{ready, leaderless} {
			r.set(v, time.Now())
			if !r.get(time.Now()) {
				t.Errorf("not ready after a look that showed %d", v)
			}
			time.Sleep(readyOld)
			if r.get(time.Now()) {
				t.Errorf("ready by an old look that showed %d", v)
			}
		}
	})
}

func TestReadyz(t *testing.T) {
	for _, tt := range []struct {
		name         string
		bugs         []string
		store, ready int
		leaderless   bool
	}{
		{"ready", nil, 200, 200, false},
		{"not ready", nil, 503, 503, false},
		{"never had a leader", nil, 503, 503, true},
		{"liar", []string{bug.HealthCheckLies}, 503, 200, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tt.leaderless {
					w.Header().Set(reply.Leaderless, "true")
				}
				w.WriteHeader(tt.store)
			}))
			defer store.Close()
			s := newService(Config{Name: "a-api-1", Region: "a", Store: store.URL, Bugs: tt.bugs})
			srv := httptest.NewServer(s.routes())
			defer srv.Close()
			if status, _, _ := do(t, "GET", srv.URL+"/readyz", ""); status == 200 && tt.bugs == nil {
				t.Error("ready before it looked")
			}
			s.look(t.Context())
			if status, _, _ := do(t, "GET", srv.URL+"/readyz", ""); status != tt.ready {
				t.Errorf("/readyz %d, want %d", status, tt.ready)
			}
			if status, _, _ := do(t, "GET", srv.URL+"/healthz", ""); status != 200 {
				t.Errorf("/healthz %d", status)
			}
		})
	}
}

func TestRun(t *testing.T) {
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }))
	defer store.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	said := make(lines, 8)
	done := make(chan error)
	c := Config{Name: "a-api-1", Region: "a", Addr4: at.Addr(), Port: at.Port(), Store: store.URL + "/"}
	go func() { done <- Run(ctx, c, said) }()
	if got := <-said; got != "note a-api-1 healthy" {
		t.Errorf("event %q", got)
	}
	if status, _, _ := do(t, "GET", "http://"+at.String()+"/readyz", ""); status != 200 {
		t.Errorf("/readyz %d", status)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := Run(t.Context(), Config{Store: "nonsense"}, said); err == nil {
		t.Error("a store without an address was taken")
	}
}

type lines chan string

func (l lines) Event(kind drill.Kind, subject, _ string, data map[string]string, _ string) {
	l <- string(kind) + " " + subject + " " + data["ready"]
}
