package proxy

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/listen"
)

// knock connects, says so much, and tells whether the gateway ends the connection
// within a while.
func knock(t *testing.T, url, says string, within time.Duration) (ends bool) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if errors.Is(err, syscall.ECONNRESET) { // it was quicker than the handshake's end
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := fmt.Fprint(c, says); err != nil {
		return true
	}
	_ = c.SetReadDeadline(time.Now().Add(within))
	_, err = c.Read(make([]byte, 1))
	var late net.Error
	return err != nil && !(errors.As(err, &late) && late.Timeout())
}

// A header that does not come to its end in time costs its connection, and not
// with the bug.
func TestHeaderTimeout(t *testing.T) {
	o := newOrigin(t, ok)
	for _, tt := range []struct {
		bugs   []string
		within time.Duration
		ends   bool
	}{{nil, 3 * time.Second, true}, {[]string{bug.NoHeaderTimeout}, 500 * time.Millisecond, false}} {
		r := start(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Health: quick(), Bugs: tt.bugs, Clients: Clients{Header: 100 * time.Millisecond}})
		for _, says := range []string{"", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: a"} {
			if got := knock(t, r.url, says, tt.within); got != tt.ends {
				t.Errorf("bugs %v, %q: ended %t", tt.bugs, says, got)
			}
		}
		if res, _ := do(t, "GET", r.url+"/orders", ""); res.StatusCode != 200 {
			t.Errorf("bugs %v: an honest client gets %d", tt.bugs, res.StatusCode)
		}
	}
}

// One client has so many connections and no more, and the metrics tell; with the
// bug it has as many as it likes.
func TestConnectionLimit(t *testing.T) {
	o := newOrigin(t, ok)
	for _, tt := range []struct {
		bugs    []string
		refused bool
	}{{nil, true}, {[]string{bug.NoConnectionLimit}, false}} {
		r := start(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Health: quick(), Bugs: tt.bugs, Clients: Clients{Limits: listen.Limits{All: 100, PerClient: 10}}})
		ended := 0
		for range 15 {
			if knock(t, r.url, "", 30*time.Millisecond) {
				ended++
			}
		}
		if (ended >= 5) != tt.refused {
			t.Errorf("bugs %v: %d of 15 were refused", tt.bugs, ended)
		}
		if !tt.refused {
			_, page := do(t, "GET", r.url+"/metrics", "")
			if !strings.Contains(page, "gateway_connections_refused_total 0") || !strings.Contains(page, "gateway_connections 1") {
				t.Error("the metrics say otherwise")
			}
		}
	}
}
