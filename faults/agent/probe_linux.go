package agent

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// probePatience is how long silence must last to count as such.
const probePatience = 300 * time.Millisecond

// probe tries all addresses in parallel. A refusal proves the path just as well
// as an answer; only silence is down.
func probe(to []netip.AddrPort) []Probe {
	out := make([]Probe, len(to))
	var wg sync.WaitGroup
	for i, a := range to {
		wg.Go(func() { out[i] = probeOne(a) })
	}
	wg.Wait()
	return out
}

func probeOne(to netip.AddrPort) Probe {
	p := Probe{To: to}
	began := time.Now()
	c, err := net.DialTimeout("tcp", to.String(), probePatience)
	p.Took = time.Since(began)
	if errors.Is(err, syscall.ECONNREFUSED) {
		p.Up, p.Said = true, "refused"
		return p
	}
	if err != nil {
		p.Said = "silent"
		if !isTimeout(err) {
			p.Said = err.Error()
		}
		return p
	}
	defer c.Close()
	p.Up, p.Said = true, "accepted"
	p.First = firstByte(c, to, began)
	return p
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// firstByte asks for an answer and times its first byte; whoever does not speak
// HTTP gives none.
func firstByte(c net.Conn, to netip.AddrPort, began time.Time) time.Duration {
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return 0
	}
	if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.0\r\nHost: %s\r\n\r\n", to); err != nil {
		return 0
	}
	if n, _ := c.Read(make([]byte, 1)); n == 0 {
		return 0
	}
	return time.Since(began)
}
