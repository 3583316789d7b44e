package listen

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Limits bound the connections that clients have open; 0 is no limit.
type Limits struct {
	All       int `json:"all"`        // of all clients together
	PerClient int `json:"per_client"` // from one address
}

// A Crowd is the clients that are connected to some listeners.
type Crowd struct {
	limits  Limits
	seats   chan struct{} // nil without a limit of all
	open    atomic.Int64
	refused atomic.Uint64

	mu   sync.Mutex
	from map[netip.Addr]int
}

// NewCrowd is one of nobody.
func NewCrowd(l Limits) *Crowd {
	c := &Crowd{limits: l, from: map[netip.Addr]int{}}
	if l.All > 0 {
		c.seats = make(chan struct{}, l.All)
	}
	return c
}

// Open is how many connections are served now.
func (c *Crowd) Open() int64 { return c.open.Load() }

// Refused is how many were turned away because their client had enough.
func (c *Crowd) Refused() uint64 { return c.refused.Load() }

// Limit makes listeners keep to the crowd's limits, together. Who has as many
// connections as one client may is turned away at once, with a reset. When there
// are as many as may be of all, the others wait, as the kernel lets them, until
// one has ended.
func (c *Crowd) Limit(all []net.Listener) []net.Listener {
	out := make([]net.Listener, len(all))
	for i, l := range all {
		out[i] = &limited{Listener: l, crowd: c, closed: make(chan struct{})}
	}
	return out
}

type limited struct {
	net.Listener
	crowd  *Crowd
	once   sync.Once
	closed chan struct{}
}

// Accept implements net.Listener. It waits for a seat with the connection in hand,
// so that no seat is kept for a listener to which nobody comes.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := AddrOf(c.RemoteAddr())
		if !l.crowd.enter(from) {
			turnAway(c)
			continue
		}
		if !l.crowd.sit(l.closed) {
			l.crowd.leave(from)
			turnAway(c)
			return nil, net.ErrClosed
		}
		return &guest{Conn: c, leave: sync.OnceFunc(func() { l.crowd.stand(); l.crowd.leave(from) })}, nil
	}
}

// Close implements net.Listener.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// enter counts a client in, unless it has enough.
func (c *Crowd) enter(from netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if most := c.limits.PerClient; most > 0 && c.from[from] >= most {
		c.refused.Add(1)
		return false
	}
	c.from[from]++
	return true
}

func (c *Crowd) leave(from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from[from]--; c.from[from] <= 0 {
		delete(c.from, from)
	}
}

// sit waits for a seat; false means that there is nothing to wait for any more.
func (c *Crowd) sit(closed <-chan struct{}) bool {
	if c.seats != nil {
		select {
		case c.seats <- struct{}{}:
		case <-closed:
			return false
		}
	}
	c.open.Add(1)
	return true
}

func (c *Crowd) stand() {
	c.open.Add(-1)
	if c.seats != nil {
		<-c.seats
	}
}

// A guest leaves when it is closed.
type guest struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}

// AddrOf is the IP address of who is at the other end, an IPv4 one never as IPv6;
// invalid where there is none.
func AddrOf(end net.Addr) netip.Addr {
	at, err := netip.ParseAddrPort(end.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

func turnAway(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // a reset, of which nothing is left here
	}
	_ = c.Close() // nothing was said: nothing to lose
}
