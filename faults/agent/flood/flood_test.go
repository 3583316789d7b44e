package flood

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A target is a server that counts its connections and requests.
type target struct {
	*httptest.Server
	at    netip.AddrPort
	hits  atomic.Int64
	conns atomic.Int64 // open
}

func serve(t *testing.T, header time.Duration, h http.HandlerFunc) *target {
	t.Helper()
	s := &target{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		h(w, r)
	}))
	s.Config.ReadHeaderTimeout = header
	s.Config.ConnState = func(_ net.Conn, to http.ConnState) {
		switch to {
		case http.StateNew:
			s.conns.Add(1)
		case http.StateClosed, http.StateHijacked:
			s.conns.Add(-1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	s.at = netip.MustParseAddrPort(s.Listener.Addr().String())
	return s
}

func source(t *testing.T, tr Traffic) *Source {
	t.Helper()
	s, err := New(tr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// eventually waits until ok, for at most 5 s.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestRequests(t *testing.T) {
	var mu sync.Mutex
	var seen *http.Request
	s := serve(t, time.Second, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = r.Clone(context.Background())
		w.WriteHeader(http.StatusTooManyRequests)
	})
	src := source(t, Traffic{Kind: Requests, To: []netip.AddrPort{s.at}, Rate: 200, Path: "/orders/1?x=1", Headers: []string{"X-API-Key: abc", "Host: shop.test"}})
	if src.On() || src.Effect() != 0 {
		t.Error("it sends before it is started")
	}
	began := time.Now()
	src.Start()
	src.Start() // once is enough
	eventually(t, "100 answers", func() bool { return src.Effect() >= 100 })
	took := time.Since(began)
	src.Stop()
	if got := s.hits.Load(); got < 100 || float64(got) > 200*took.Seconds()+20 {
		t.Errorf("%d requests in %v at 200/s", got, took)
	}
	if seen.Host != "shop.test" || seen.Header.Get("X-API-Key") != "abc" || seen.URL.String() != "/orders/1?x=1" {
		t.Errorf("sent %s %v %s", seen.Host, seen.Header, seen.URL)
	}
	if text := src.Text(); !strings.Contains(text, "with 429") || !strings.Contains(text, "0 not, ") {
		t.Error(text)
	}
	after := s.hits.Load()
	time.Sleep(50 * time.Millisecond)
	if s.hits.Load() != after || src.Open() != 0 || src.On() {
		t.Error("it goes on after its end")
	}
	src.Stop()
	eventually(t, "no connection is left", func() bool { return s.conns.Load() == 0 })
}

// A system that does not answer makes the flood no smaller, until as many are on
// their way as the rate and the patience allow.
func TestRequestsThatAreNotAnswered(t *testing.T) {
	free := make(chan struct{})
	s := serve(t, time.Second, func(http.ResponseWriter, *http.Request) { <-free })
	defer close(free)
	src := source(t, Traffic{Kind: Requests, To: []netip.AddrPort{s.at}, Rate: 100, Path: "/"})
	src.Start()
	eventually(t, "50 on their way", func() bool { return src.Open() >= 50 })
	if src.Effect() != 0 {
		t.Errorf("%d were answered", src.Effect())
	}
	src.Stop()
	if src.Open() != 0 {
		t.Errorf("%d are on their way after the end", src.Open())
	}
}

// Slow clients stay while nobody ends them, and come anew when somebody does.
func TestSlowClients(t *testing.T) {
	for _, tt := range []struct {
		manner string
		header time.Duration
		ends   bool
	}{{Trickle, 0, false}, {Trickle, 300 * time.Millisecond, true}, {Deaf, 300 * time.Millisecond, false}} {
		t.Run(tt.manner+" "+tt.header.String(), func(t *testing.T) {
			s := serve(t, tt.header, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100)) })
			src := source(t, Traffic{Kind: SlowClients, Manner: tt.manner, To: []netip.AddrPort{s.at}, Rate: 500, Connections: 20, Path: "/"})
			src.Start()
			eventually(t, "20 are established", func() bool { return src.Effect() >= 20 })
			if tt.ends {
				eventually(t, "40 are established", func() bool { return src.Effect() >= 40 })
			} else {
				eventually(t, "20 stand", func() bool { return src.Open() == 20 && s.conns.Load() == 20 })
				time.Sleep(3 * beat)
				if src.Open() != 20 || src.Effect() != 20 {
					t.Error(src.Text())
				}
			}
			if tt.manner == Trickle && s.hits.Load() != 0 {
				t.Error("a header came to its end")
			}
			src.Stop()
			if src.Open() != 0 || src.On() {
				t.Error(src.Text())
			}
			eventually(t, "no connection is left", func() bool { return s.conns.Load() == 0 })
		})
	}
}

// Nobody is met but whom the traffic is for.
func TestNobodyElse(t *testing.T) {
	s := serve(t, time.Second, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:9/", http.StatusFound)
	})
	other := serve(t, time.Second, func(http.ResponseWriter, *http.Request) {})
	src := source(t, Traffic{Kind: Requests, To: []netip.AddrPort{s.at}, Rate: 100, Path: "/"})
	for _, to := range []string{other.at.String(), "localhost:80", "nonsense"} {
		if _, err := src.dial(t.Context(), "tcp", to); !errors.Is(err, errNotChosen) {
			t.Errorf("%s: %v", to, err)
		}
	}
	src.Start()
	eventually(t, "answers", func() bool { return src.Effect() >= 10 })
	src.Stop()
	if !strings.Contains(src.Text(), "with 302") || other.hits.Load() != 0 {
		t.Error(src.Text())
	}
}

// Of the addresses those are kept that answer; without any there is no flood.
func TestReachable(t *testing.T) {
	s := serve(t, time.Second, func(http.ResponseWriter, *http.Request) {})
	silent := netip.MustParseAddrPort("127.0.0.1:1")
	src := source(t, Traffic{Kind: Requests, To: []netip.AddrPort{silent, s.at}, Rate: 10, Path: "/"})
	if err := src.Reachable(t.Context()); err != nil || len(src.traffic.To) != 1 || src.traffic.To[0] != s.at {
		t.Errorf("%v, %v", src.traffic.To, err)
	}
	if s.hits.Load() != 0 {
		t.Error("to look sends requests")
	}
	if err := source(t, Traffic{Kind: Requests, To: []netip.AddrPort{silent}, Rate: 10, Path: "/"}).Reachable(t.Context()); err == nil {
		t.Error("nobody is there, and that is fine")
	}
}

func TestCheck(t *testing.T) {
	to := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:80")}
	for want, tr := range map[string]Traffic{
		"unknown kind":   {Kind: "noise", To: to, Rate: 1, Path: "/"},
		"nobody":         {Kind: Requests, Rate: 1, Path: "/"},
		"no address":     {Kind: Requests, To: []netip.AddrPort{{}}, Rate: 1, Path: "/"},
		"a rate of":      {Kind: Requests, To: to, Rate: MaxRate + 1, Path: "/"},
		"connections":    {Kind: SlowClients, To: to, Rate: 1, Connections: MaxConnections + 1, Manner: Deaf, Path: "/"},
		"unknown manner": {Kind: SlowClients, To: to, Rate: 1, Connections: 1, Path: "/"},
		"not a path":     {Kind: Requests, To: to, Rate: 1, Path: "/a b"},
		"not a header":   {Kind: Requests, To: to, Rate: 1, Path: "/", Headers: []string{"a\r\nb: c"}},
		"sender's own":   {Kind: Requests, To: to, Rate: 1, Path: "/", Headers: []string{"connection: close"}},
	} {
		if _, err := New(tr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", tr, err, want)
		}
	}
}
