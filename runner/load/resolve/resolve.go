// Package resolve finds and dials addresses as a well-behaved client does: it
// honours the TTL of DNS answers exactly, unless told to be another client, asks
// its servers in order, and tries all the addresses that it was given. Go's own
// resolver does not tell TTLs.
package resolve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/drill"
)

const (
	// serverPatience is how long one server may take to answer.
	serverPatience = 250 * time.Millisecond
	// loyalty is how long the server that answered is asked first, when it was
	// not the first in order. After that the order is tried from its top again.
	loyalty = 10 * time.Second
)

// An Error says that a name could not be resolved.
type Error struct {
	Host string
	Err  error
}

func (e *Error) Error() string { return "resolve " + e.Host + ": " + e.Err.Error() }

// Unwrap gives the last server's answer or error.
func (e *Error) Unwrap() error { return e.Err }

// An Exchange asks one server one question.
type Exchange func(ctx context.Context, server netip.AddrPort, q *dns.Msg) (*dns.Msg, error)

// A Resolver asks DNS servers for addresses. An answer is used until its TTL
// (see Cache) has passed and not a moment longer, even when no server answers any
// more; an answer with TTL 0 is used once. Errors are not kept.
type Resolver struct {
	// Cache and Subnet may be set before the first use. Cache is what becomes of
	// the TTL; Subnet is that of the clients in whose name servers are asked, the
	// zero Prefix for none.
	Cache  drill.ResolverSpec
	Subnet netip.Prefix

	servers  []netip.AddrPort
	exchange Exchange

	mu      sync.Mutex
	kept    map[string]answer
	good    int       // the server that answered last
	goodTil time.Time // until when it is asked first
}

type answer struct {
	addrs []netip.Addr // IPv4 first
	until time.Time
}

// New returns a resolver that asks servers in order; without servers it is the
// system's resolver, and nothing is cached. exchange may be nil for real DNS.
func New(servers []netip.AddrPort, exchange Exchange) *Resolver {
	if exchange == nil {
		exchange = askUDP
	}
	return &Resolver{servers: servers, exchange: exchange, kept: map[string]answer{}}
}

// Lookup gives the addresses of host, IPv4 before IPv6. The error is an *Error.
func (r *Resolver) Lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	if len(r.servers) == 0 {
		return system(ctx, host)
	}
	if addrs, ok := r.cached(host); ok {
		return addrs, nil
	}
	a, err := r.ask(ctx, host)
	if err != nil {
		return nil, &Error{Host: host, Err: err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept[host] = a
	return a.addrs, nil
}

func (r *Resolver) cached(host string) ([]netip.Addr, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.kept[host]
	return a.addrs, ok && time.Now().Before(a.until)
}

func system(ctx context.Context, host string) ([]netip.Addr, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, &Error{Host: host, Err: err}
	}
	var v4, v6 []netip.Addr
	for _, a := range addrs {
		if a = a.Unmap(); a.Is4() {
			v4 = append(v4, a)
		} else {
			v6 = append(v6, a)
		}
	}
	return append(v4, v6...), nil
}

// ask goes through the servers until one knows. A name that does not exist is
// known too: no other server is asked then.
func (r *Resolver) ask(ctx context.Context, host string) (answer, error) {
	var errs []error
	for _, i := range r.order() {
		a, err := r.askServer(ctx, r.servers[i], host)
		if err == nil {
			r.trust(i)
			return a, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", r.servers[i], err))
		if errors.Is(err, errNotFound) || ctx.Err() != nil {
			break
		}
	}
	return answer{}, errors.Join(errs...)
}

// order is the order in which to ask: the server that last answered, for a
// while, then the others as they were given.
func (r *Resolver) order() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := 0
	if time.Now().Before(r.goodTil) {
		first = r.good
	}
	order := []int{first}
	for i := range r.servers {
		if i != first {
			order = append(order, i)
		}
	}
	return order
}

func (r *Resolver) trust(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i == r.good && time.Now().Before(r.goodTil) {
		return // not prolonged: the order must get its chance
	}
	r.good, r.goodTil = i, time.Now().Add(loyalty)
}
