package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runner/load/pace"
	"github.com/drillctl/drillctl/runner/load/resolve"
)

// A rig makes single requests through a Tripper, as vegeta would.
type rig struct {
	trippers map[drill.Route]*Tripper
	clients  map[drill.Route]*http.Client
	book     *Book
	flight   Flight
	samples  []drill.Sample
	slot     uint64
}

func newRig(profile string, timeout time.Duration, dial func(context.Context, string, string) (net.Conn, error)) *rig {
	if dial == nil {
		dial = resolve.NewDialer(resolve.New(nil, nil), timeout, 1).DialContext
	}
	r := &rig{trippers: map[drill.Route]*Tripper{}, clients: map[drill.Route]*http.Client{}, book: NewBook(1)}
	base := Transport(profile, timeout, dial)
	began := mono.Now()
	for _, route := range []drill.Route{drill.Read, drill.Write} {
		t := &Tripper{
			Origins: NewOrigins([]Origin{{Share: 1, Base: base}}, 1, uint64(route)), Route: route, Now: mono.Now, Grid: pace.Grid{T0: began, Every: time.Microsecond}, Began: began, Timeout: timeout, Headers: DefaultHeaders(),
			Book: r.book, Flight: &r.flight, Emit: func(s drill.Sample) { r.samples = append(r.samples, s) },
		}
		r.trippers[route], r.clients[route] = t, Client(t)
	}
	return r
}

// do makes one request and gives its sample.
func (r *rig) do(t *testing.T, route drill.Route, base string, id uint64) drill.Sample {
	t.Helper()
	method, path, body := http.MethodGet, fmt.Sprintf("/orders/%d", id), []byte(nil)
	if route == drill.Write {
		method, path, body = http.MethodPost, "/orders", record(id, 1)
	}
	return r.send(t, route, method, mark([]byte(base+path), r.slot, id), body)
}

func (r *rig) send(t *testing.T, route drill.Route, method, url string, body []byte) drill.Sample {
	t.Helper()
	var from io.Reader
	if body != nil {
		from = bytes.NewReader(body)
	}
	req, err := http.NewRequest(method, url, from)
	if err != nil {
		t.Fatal(err)
	}
	r.slot++
	before := len(r.samples)
	if resp, err := r.clients[route].Do(req); err == nil {
		resp.Body.Close()
	}
	if len(r.samples) != before+1 {
		t.Fatalf("%d samples of one request", len(r.samples)-before)
	}
	return r.samples[before]
}

func handle(status int, header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func hijack(then func(c *net.TCPConn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			then(c.(*net.TCPConn))
		}
	}
}

func TestAnswersAreClassified(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // else the server does not see the client go
		<-r.Context().Done()
	}
	reset := hijack(func(c *net.TCPConn) { c.SetLinger(0); c.Close() })
	closed := hijack(func(c *net.TCPConn) { c.Close() })
	half := hijack(func(c *net.TCPConn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":\"7\"")
		c.Close()
	})
	tests := []struct {
		name    string
		route   drill.Route
		handler http.HandlerFunc
		class   drill.Class
		ack     drill.Ack
		status  uint16
		missing bool
	}{
		{"read", drill.Read, handle(200, "", `{"id":"7"}`), drill.OK, drill.NoWrite, 200, false},
		{"read, spaced", drill.Read, handle(200, "", `{"x": 1, "id": "7"}`), drill.OK, drill.NoWrite, 200, false},
		{"read, id as a number", drill.Read, handle(200, "", `{"id":7}`), drill.OK, drill.NoWrite, 200, false},
		{"read of another record", drill.Read, handle(200, "", `{"id":"77"}`), drill.Content, drill.NoWrite, 200, false},
		{"read of nothing", drill.Read, handle(200, "", ``), drill.Content, drill.NoWrite, 200, false},
		{"read, not there", drill.Read, handle(404, "X-Order-Missing: true", ``), drill.OK, drill.NoWrite, 404, true},
		{"read, no such route", drill.Read, handle(404, "", ``), drill.HTTP4xx, drill.NoWrite, 404, false},
		{"read, moved", drill.Read, handle(302, "Location: /elsewhere", ``), drill.HTTPOther, drill.NoWrite, 302, false},
		{"read, no content", drill.Read, handle(204, "", ``), drill.HTTPOther, drill.NoWrite, 204, false},
		{"read, unavailable", drill.Read, handle(503, "", ``), drill.HTTP5xx, drill.NoWrite, 503, false},
		{"read, silence", drill.Read, hang, drill.Timeout, drill.NoWrite, 0, false},
		{"read, reset", drill.Read, reset, drill.Reset, drill.NoWrite, 0, false},
		{"read, closed", drill.Read, closed, drill.Reset, drill.NoWrite, 0, false},
		{"read, half an answer", drill.Read, half, drill.Reset, drill.NoWrite, 200, false},

		{"write", drill.Write, handle(201, "", `{"id":"7"}`), drill.OK, drill.Acked, 201, false},
		{"write again", drill.Write, handle(200, "", `{"id":"7"}`), drill.OK, drill.Acked, 200, false},
		{"write, bad request", drill.Write, handle(400, "", ``), drill.HTTP4xx, drill.Rejected, 400, false},
		{"write, too many", drill.Write, handle(429, "", ``), drill.HTTP4xx, drill.Rejected, 429, false},
		{"write, moved", drill.Write, handle(307, "Location: /x", ``), drill.HTTPOther, drill.Indeterminate, 307, false},
		{"write, unavailable", drill.Write, handle(503, "", ``), drill.HTTP5xx, drill.Indeterminate, 503, false},
		{"write, silence", drill.Write, hang, drill.Timeout, drill.Indeterminate, 0, false},
		{"write, reset", drill.Write, reset, drill.Reset, drill.Indeterminate, 0, false},
		{"write, acknowledged by half", drill.Write, half, drill.Reset, drill.Indeterminate, 200, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(tt.handler)
			defer srv.Close()
			s := newRig(Pooled, 400*time.Millisecond, nil).do(t, tt.route, srv.URL, 7)
			if s.Class != tt.class || s.Ack != tt.ack || s.Status != tt.status || s.Missing != tt.missing {
				t.Errorf("class %v, ack %v, status %d, missing %v; want %v, %v, %d, %v", s.Class, s.Ack, s.Status, s.Missing, tt.class, tt.ack, tt.status, tt.missing)
			}
			if s.Start < s.Intended || s.End < s.Start || s.ID != 7 {
				t.Errorf("times %v, %v, %v of id %d", s.Intended, s.Start, s.End, s.ID)
			}
		})
	}
}

func TestConnectionsThatFailAreClassified(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + free.Addr().String()
	free.Close()
	secure := httptest.NewUnstartedServer(handle(200, "", ""))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(handle(200, "", ""))
	defer plain.Close()
	named := func(reply func(q *dns.Msg) (*dns.Msg, error)) func(context.Context, string, string) (net.Conn, error) {
		ask := func(ctx context.Context, _ netip.AddrPort, q *dns.Msg) (*dns.Msg, error) {
			if reply == nil {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return reply(q)
		}
		servers := []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:53"), netip.MustParseAddrPort("10.0.0.2:53"), netip.MustParseAddrPort("10.0.0.3:53")}
		return resolve.NewDialer(resolve.New(servers, ask), time.Second, 1).DialContext
	}
	rcode := func(code int) func(q *dns.Msg) (*dns.Msg, error) {
		return func(q *dns.Msg) (*dns.Msg, error) { return new(dns.Msg).SetRcode(q, code), nil }
	}
	tests := []struct {
		name    string
		url     string
		timeout time.Duration
		dial    func(context.Context, string, string) (net.Conn, error)
		class   drill.Class
	}{
		{"refused", nobody, time.Second, nil, drill.Refused},
		{"certificate of nobody", secure.URL, 5 * time.Second, nil, drill.TLS},
		{"no TLS there", "https" + strings.TrimPrefix(plain.URL, "http"), 5 * time.Second, nil, drill.TLS},
		{"no such name", "http://api.drill.test", time.Second, named(rcode(dns.RcodeNameError)), drill.DNS},
		{"servers abstain", "http://api.drill.test", time.Second, named(rcode(dns.RcodeServerFailure)), drill.DNS},
		{"servers are silent", "http://api.drill.test", 2 * time.Second, named(nil), drill.DNS},
		{"servers are silent for longer than the request may take", "http://api.drill.test", 300 * time.Millisecond, named(nil), drill.DNS},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(Pooled, tt.timeout, tt.dial)
			for route, ack := range map[drill.Route]drill.Ack{drill.Read: drill.NoWrite, drill.Write: drill.Rejected} {
				s := r.do(t, route, tt.url, 7)
				if s.Class != tt.class || s.Ack != ack || s.Status != 0 {
					t.Errorf("%v: class %v, ack %v, status %d; want %v, %v", route, s.Class, s.Ack, s.Status, tt.class, ack)
				}
			}
		})
	}
}

func TestHeadersAreRead(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, v := range map[string]string{"X-Region": "us-west", "X-Instance": "us-west-gateway-2", "X-Leader": "eu", "X-Epoch": "12"} {
			w.Header().Set(name, v)
		}
		for _, name := range []string{"X-Vegeta-Seq", "Idempotency-Key", "Transfer-Encoding", "Accept-Encoding"} {
			if r.Header.Get(name) != "" || len(r.TransferEncoding) > 0 {
				t.Errorf("%s %s was sent with %s or an encoding %v", r.Method, r.URL, name, r.TransferEncoding)
			}
		}
		if strings.Contains(r.RequestURI, "#") || r.Method == http.MethodGet && r.ContentLength != 0 {
			t.Errorf("%s %s has a body of %d bytes", r.Method, r.RequestURI, r.ContentLength)
		}
		if r.Method == http.MethodPost {
			var order struct {
				ID   uint64        `json:"id,string"`
				Sent time.Duration `json:"sent_ns"`
				Item string        `json:"item"`
			}
			if err := json.NewDecoder(r.Body).Decode(&order); err != nil || order.ID != 7 || order.Sent <= 0 || order.Item == "" || r.ContentLength <= 0 {
				t.Errorf("order %+v of %d bytes: %v", order, r.ContentLength, err)
			}
		}
		io.WriteString(w, `{"id":"7"}`)
	}))
	defer srv.Close()
	r := newRig(Pooled, 5*time.Second, nil)
	w := r.do(t, drill.Write, srv.URL, 7)
	if w.Region != "us-west" || w.Instance != "us-west-gateway-2" || w.Leader != "eu" || w.Epoch != 12 || w.Reused {
		t.Errorf("write %+v", w)
	}
	rd := r.do(t, drill.Read, srv.URL, 7)
	if rd.Region != "us-west" || rd.Leader != "" || rd.Epoch != 0 || !rd.Reused {
		t.Errorf("read %+v", rd)
	}
	s := newRig(Fresh, 5*time.Second, nil)
	for range 2 {
		if s.do(t, drill.Read, srv.URL, 7).Reused {
			t.Error("a fresh client reused a connection")
		}
	}
}

// A server that takes requests on a kept connection and ends it without a word
// makes net/http send a GET again; then the failure would never be seen.
func TestNothingIsSentTwice(t *testing.T) {
	for _, route := range []drill.Route{drill.Read, drill.Write} {
		t.Run(route.String(), func(t *testing.T) {
			var requests atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) == 2 {
					panic(http.ErrAbortHandler)
				}
				io.WriteString(w, `{"id":"7"}`)
			}))
			defer srv.Close()
			r := newRig(Pooled, 5*time.Second, nil)
			first, second, third := r.do(t, route, srv.URL, 7), r.do(t, route, srv.URL, 7), r.do(t, route, srv.URL, 7)
			if first.Class != drill.OK || second.Class != drill.Reset || !second.Reused || third.Class != drill.OK {
				t.Errorf("classes %v, %v (reused %v), %v; want ok, reset on a kept connection, ok", first.Class, second.Class, second.Reused, third.Class)
			}
			if n := requests.Load(); n != 3 {
				t.Errorf("the server saw %d requests, want 3", n)
			}
		})
	}
}

func TestAbortedRequestsAreUnknown(t *testing.T) {
	arrived := make(chan bool, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		arrived <- true
		<-r.Context().Done()
	}))
	defer srv.Close()
	r := newRig(Pooled, time.Minute, nil)
	go func() { <-arrived; r.flight.Abort() }()
	if s := r.do(t, drill.Write, srv.URL, 7); s.Class != drill.Aborted || s.Ack != drill.Indeterminate {
		t.Errorf("class %v, ack %v", s.Class, s.Ack)
	}
	if s := r.do(t, drill.Write, srv.URL, 8); s.Class != drill.Aborted || s.Ack != drill.Rejected {
		t.Errorf("after Abort: class %v, ack %v", s.Class, s.Ack)
	}
	if n := r.flight.Len(); n != 0 {
		t.Errorf("%d requests still under way", n)
	}
}

func TestReadsGoToWhatWasAcknowledgedLately(t *testing.T) {
	b := NewBook(1)
	if id := b.pick(0); id != 0 {
		t.Errorf("read of %d before anything was acknowledged", id)
	}
	for i := range uint64(30) { // one a second
		if id := b.next(); id != i+1 {
			t.Fatalf("write %d is number %d", i, id)
		}
		b.ack(i+1, time.Duration(i)*time.Second)
	}
	seen := map[uint64]int{}
	for range 2000 {
		seen[b.pick(30*time.Second)]++
	}
	for id := range seen {
		if id < 21 || id > 30 {
			t.Errorf("read of %d, which is not of the last 10 s", id)
		}
	}
	if n := seen[30]; n < 800 || len(seen) != 10 {
		t.Errorf("latest read %d of 2000 times, %d ids in all; want more than half and 10", n, len(seen))
	}
	if id := b.pick(time.Hour); id != 30 {
		t.Errorf("after a long outage the read is of %d, want the latest", id)
	}
}

func TestTheClockIsTheMachines(t *testing.T) {
	now := Clock()
	for range 100 {
		before, at, after := mono.Now(), now(), mono.Now()
		if at < before-time.Millisecond || at > after+time.Millisecond {
			t.Fatalf("%v is not between %v and %v", at, before, after)
		}
	}
}
