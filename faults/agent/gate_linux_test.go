package agent_test

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/lab"
)

// status asks for a path of a host and says what is answered.
func status(t *testing.T, c *http.Client, to *lab.Host, path string, six bool) int {
	t.Helper()
	addr := to.V4
	if six {
		addr = to.V6
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+netip.AddrPortFrom(addr, port).String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// The chosen requests fail for everybody who asks, by both families, also over
// connections of before; others are answered, and all are when it is over.
func TestRequestsFail(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, other := hosts(t, n)
		kept := peer.Client(5 * time.Second)
		if got := status(t, kept, target, "/healthz", false); got != 200 {
			t.Fatalf("before: %d", got)
		}
		s := spec(target, agent.HTTP)
		s.Paths, s.Status, s.Delay = []string{"/health*"}, 503, 0
		c := fired(t, target, s)
		for _, from := range []*lab.Host{peer, other, target} {
			for _, six := range []bool{false, true} {
				fresh := from.Client(5 * time.Second)
				if got := status(t, fresh, target, "/healthz?x=1", six); got != 503 {
					t.Errorf("%s asks, IPv6 %t: %d", from.Name, six, got)
				}
				if _, size, err := get(t, from, target, "/bytes", six); err != nil || size != lab.Bytes {
					t.Errorf("%s asks for another path, IPv6 %t: %d bytes, %v", from.Name, six, size, err)
				}
				if got := status(t, fresh, target, "/nowhere", six); got != 404 {
					t.Errorf("%s asks for what is not there: %d", from.Name, got)
				}
			}
		}
		if got := status(t, kept, target, "/healthz", false); got != 503 {
			t.Errorf("over a connection of before: %d", got)
		}
		if got := status(t, peer.Client(time.Second), other, "/healthz", false); got != 200 {
			t.Errorf("another host: %d", got)
		}
		l, err := c.Look(t.Context())
		if err != nil || !l.Active || l.Hit != 7 || l.Seen != 19 || !strings.Contains(l.Text, "7 of them answered 503") {
			t.Errorf("%+v, %v", l, err)
		}
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if got := status(t, kept, target, "/healthz", false); got != 200 {
				t.Errorf("afterwards: %d", got)
			}
		}
	})
}

// A request on its way when the damage ends is answered as it should be.
func TestRequestsLate(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		s := spec(target, agent.HTTP)
		s.Paths = []string{"/healthz"}
		c := fired(t, target, s)
		began := time.Now()
		if got := status(t, peer.Client(5*time.Second), target, "/healthz", true); got != 200 || time.Since(began) < s.Delay {
			t.Errorf("%d after %v", got, time.Since(began))
		}
		answered := make(chan int)
		go func() { answered <- status(t, peer.Client(5*time.Second), target, "/healthz", false) }()
		time.Sleep(s.Delay / 2)
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := <-answered; got != 200 {
			t.Errorf("on its way at the end: %d", got)
		}
		if took, _, err := get(t, peer, target, "/healthz", false); err != nil || took > s.Delay/2 {
			t.Errorf("afterwards: %v, %v", took, err)
		}
	})
}
