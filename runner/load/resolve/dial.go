package resolve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// stagger is how long an address may keep a connection waiting before the next
// one is tried beside it (RFC 8305, connection attempt delay). The first is not
// given up: a slow path is not a broken one.
const stagger = 250 * time.Millisecond

// A Dialer connects to host names through a Resolver. The addresses of a name
// are tried in random order, IPv4 before IPv6: the next one at once when an
// address refuses, and after 250 ms when it says nothing.
type Dialer struct {
	// From may be set before the first use: the local addresses to connect from, one
	// of a family. Where there is none of the family the kernel chooses.
	From []netip.Addr

	resolver *Resolver
	timeout  time.Duration // for resolving and connecting together

	mu  sync.Mutex
	rng *rand.Rand
}

// NewDialer returns a dialer that gives up after timeout.
func NewDialer(r *Resolver, timeout time.Duration, seed uint64) *Dialer {
	return &Dialer{resolver: r, timeout: timeout, rng: rand.New(rand.NewPCG(seed, 1))}
}

type watchKey struct{}

// Watch lets a dialer set resolving while it looks for the addresses of a name
// on behalf of ctx. (An httptrace with DNS hooks would tell the same, at the
// price of a dozen allocations per request.)
func Watch(ctx context.Context, resolving *atomic.Bool) context.Context {
	return context.WithValue(ctx, watchKey{}, resolving)
}

// DialContext connects to host:port. An error of resolving is an *Error.
func (d *Dialer) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("dial %s: port: %w", address, err)
	}
	addrs, err := d.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	targets := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		targets[i] = netip.AddrPortFrom(a, uint16(port))
	}
	return d.race(ctx, targets)
}

func (d *Dialer) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if resolving, ok := ctx.Value(watchKey{}).(*atomic.Bool); ok {
		resolving.Store(true)
		defer resolving.Store(false)
	}
	addrs, err := d.resolver.Lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	return d.shuffled(addrs), nil
}

// shuffled mixes each family within itself, on a copy.
func (d *Dialer) shuffled(addrs []netip.Addr) []netip.Addr {
	var v4, v6 []netip.Addr
	for _, a := range addrs {
		if a.Is4() {
			v4 = append(v4, a)
		} else {
			v6 = append(v6, a)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range [][]netip.Addr{v4, v6} {
		d.rng.Shuffle(len(f), func(i, j int) { f[i], f[j] = f[j], f[i] })
	}
	return append(v4, v6...)
}

type dialed struct {
	conn net.Conn
	err  error
}

// race connects to the first of the targets that lets it. All attempts that
// were begun have ended, or end by themselves, when it returns.
func (d *Dialer) race(ctx context.Context, targets []netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan dialed, len(targets))
	var errs []error
	begun, ended := 0, 0
	defer func() { go closeLosers(results, begun-ended) }()
	for ended < len(targets) {
		var next <-chan time.Time
		if begun < len(targets) {
			if begun == ended { // nothing under way: no reason to wait
				go d.dial(ctx, targets[begun], results)
				begun++
				continue
			}
			next = time.After(stagger)
		}
		select {
		case <-next:
			go d.dial(ctx, targets[begun], results)
			begun++
		case r := <-results:
			ended++
			if r.err == nil {
				return r.conn, nil
			}
			errs = append(errs, r.err)
			if begun < len(targets) && ctx.Err() == nil {
				go d.dial(ctx, targets[begun], results)
				begun++
			}
		}
		if ctx.Err() != nil {
			return nil, errors.Join(append(errs, ctx.Err())...)
		}
	}
	return nil, errors.Join(errs...)
}

func (d *Dialer) dial(ctx context.Context, to netip.AddrPort, out chan<- dialed) {
	conn, err := d.from(to.Addr()).DialContext(ctx, "tcp", to.String())
	out <- dialed{conn, err}
}

// from dials from our address of the same family as to.
func (d *Dialer) from(to netip.Addr) *net.Dialer {
	for _, a := range d.From {
		if a.Is4() == to.Is4() {
			return &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0)), Control: latePort}
		}
	}
	return &net.Dialer{}
}

func closeLosers(results <-chan dialed, n int) {
	for range n {
		if r := <-results; r.conn != nil {
			r.conn.Close()
		}
	}
}
