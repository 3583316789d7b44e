package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// says connects, sends so much of a request and returns the connection.
func says(t *testing.T, srv, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(srv, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// idle waits until nothing is in flight.
func (g *gateway) idle() bool {
	for end := time.Now().Add(5 * time.Second); g.inflight.Load() > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// await waits until the origin is asked.
func (o *origin) await(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); o.hits.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody asks")
		}
	}
}

// A client that does not send its body is told so in time and holds nothing, and no
// upstream is blamed for it: neither for waiting, nor when the client is gone.
func TestBodyThatDoesNotCome(t *testing.T) {
	for _, tt := range []struct {
		name         string
		length, sent int
		try          time.Duration
		gone         bool
		want         []int // one of these; none if nobody is there to see it
	}{
		{"small", 100, 1, time.Second, false, []int{http.StatusRequestTimeout}},
		{"large", 2 * replayLimit, 1, time.Second, false, []int{http.StatusRequestTimeout, statusClientGone, http.StatusGatewayTimeout}}, // which is over first is chance
		{"large, and the upstream has less time", 2 * replayLimit, 1, 100 * time.Millisecond, false, []int{http.StatusRequestTimeout, statusClientGone, http.StatusGatewayTimeout}},
		{"large, of a client that goes", 2 * replayLimit, replayLimit, time.Second, true, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOrigin(t, ok)
			g, srv := front(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Eject: Eject{Failures: 1, For: time.Hour},
				Timeouts: Timeouts{Connect: time.Second, Try: tt.try, Total: 400 * time.Millisecond}})
			c := says(t, srv.URL, fmt.Sprintf("POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", tt.length, strings.Repeat("x", tt.sent)))
			if tt.gone {
				o.await(t)
				_ = c.Close()
			} else if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || !slices.Contains(tt.want, res.StatusCode) {
				t.Errorf("answered %v, %v", res, err)
			}
			if !g.idle() {
				t.Error("the request is still in flight")
			}
			if s := g.pool.states()[0]; s.Ejections != 0 || s.InFlight != 0 {
				t.Errorf("the upstream is blamed: %+v", s)
			}
		})
	}
}

// A client that sends a little all the time is not held against the upstream either.
func TestBodyThatTrickles(t *testing.T) {
	g, srv := front(t, Config{Upstreams: []Upstream{newOrigin(t, ok).upstream("a", 0)}, Eject: Eject{Failures: 1, For: time.Hour},
		Timeouts: Timeouts{Connect: time.Second, Try: 200 * time.Millisecond, Total: 1500 * time.Millisecond}})
	c := says(t, srv.URL, fmt.Sprintf("POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", 2*replayLimit))
	over := make(chan int)
	go func() {
		defer close(over)
		if res, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			over <- res.StatusCode
		}
	}()
	for {
		select {
		case status := <-over:
			if s := g.pool.states()[0]; !slices.Contains([]int{http.StatusRequestTimeout, statusClientGone, http.StatusGatewayTimeout}, status) || s.Ejections != 0 {
				t.Errorf("answered %d; the upstream: %+v", status, s)
			}
			return
		case <-time.After(30 * time.Millisecond):
			_, _ = io.WriteString(c, "x") // it may be over already
		}
	}
}

// A client that does not take in its answer holds nothing for long.
func TestAnswerThatIsNotRead(t *testing.T) {
	o := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(w, io.LimitReader(zeros{}, 64<<20))
	})
	g, _ := front(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}})
	g.take = 200 * time.Millisecond
	srv := httptest.NewServer(g)
	defer srv.Close()
	defer srv.CloseClientConnections() // of the answer that is stuck
	says(t, srv.URL, "GET /orders HTTP/1.1\r\nHost: x\r\n\r\n")
	o.await(t)
	if !g.idle() {
		t.Error("it still waits for its client")
	}
}

// Who has sent all of it has time: an answer may last longer than a body may.
func TestBodyThatCame(t *testing.T) {
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for range 6 {
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(250 * time.Millisecond):
			}
		}
	})
	_, srv := front(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Timeouts: Timeouts{Connect: time.Second, Try: time.Second, Total: 1200 * time.Millisecond}})
	for _, size := range []int{10, 2 * replayLimit} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			if res, text := do(t, "POST", srv.URL+"/orders", strings.Repeat("x", size)); res.StatusCode != 200 || text != "xxxxxx" {
				t.Errorf("%d %q", res.StatusCode, text)
			}
		})
	}
}
