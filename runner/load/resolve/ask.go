package resolve

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// errNotFound means that a server knows that there is no such name or no
// address for it.
var errNotFound = errors.New("no such host")

// askServer asks one server for IPv4 and IPv6 addresses at once. IPv6 may fail
// as long as IPv4 has an answer.
func (r *Resolver) askServer(ctx context.Context, server netip.AddrPort, host string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, serverPatience)
	defer cancel()
	type reply struct {
		records
		err error
	}
	six := make(chan reply, 1)
	go func() {
		recs, err := r.query(ctx, server, host, dns.TypeAAAA)
		six <- reply{recs, err}
	}()
	v4, err := r.query(ctx, server, host, dns.TypeA)
	if err != nil {
		return answer{}, err
	}
	v6 := <-six
	if len(v4.addrs) == 0 && v6.err != nil {
		return answer{}, v6.err
	}
	addrs, ttl := v4.addrs, v4.ttl
	if v6.err == nil && len(v6.addrs) > 0 {
		addrs = append(addrs, v6.addrs...)
		ttl = v6.ttl
		if len(v4.addrs) > 0 {
			ttl = min(v4.ttl, v6.ttl)
		}
	}
	if len(addrs) == 0 {
		return answer{}, errNotFound
	}
	return answer{addrs: addrs, until: time.Now().Add(r.Cache.Keeps(ttl))}, nil
}

// records are the addresses of one answer and the least TTL in it.
type records struct {
	addrs []netip.Addr
	ttl   time.Duration
}

func (r *Resolver) query(ctx context.Context, server netip.AddrPort, host string, kind uint16) (records, error) {
	q := withSubnet(new(dns.Msg).SetQuestion(dns.Fqdn(host), kind), r.Subnet)
	m, err := r.exchange(ctx, server, q)
	switch {
	case err != nil:
		return records{}, err
	case m.Rcode == dns.RcodeNameError:
		return records{}, errNotFound
	case m.Rcode != dns.RcodeSuccess:
		return records{}, fmt.Errorf("answered %s", dns.RcodeToString[m.Rcode])
	}
	return read(m), nil
}

func read(m *dns.Msg) records {
	var out records
	for i, rr := range m.Answer {
		ttl := time.Duration(rr.Header().Ttl) * time.Second
		if i == 0 || ttl < out.ttl {
			out.ttl = ttl
		}
		switch rr := rr.(type) {
		case *dns.A:
			if a, ok := netip.AddrFromSlice(rr.A.To4()); ok {
				out.addrs = append(out.addrs, a)
			}
		case *dns.AAAA:
			if a, ok := netip.AddrFromSlice(rr.AAAA.To16()); ok {
				out.addrs = append(out.addrs, a)
			}
		}
	}
	return out
}

// askUDP asks by UDP, and by TCP when the answer did not fit.
func askUDP(ctx context.Context, server netip.AddrPort, q *dns.Msg) (*dns.Msg, error) {
	c := dns.Client{Net: "udp", UDPSize: dns.DefaultMsgSize, Timeout: serverPatience}
	m, _, err := c.ExchangeContext(ctx, q, server.String())
	if err != nil || !m.Truncated {
		return m, err
	}
	c.Net = "tcp"
	m, _, err = c.ExchangeContext(ctx, q, server.String())
	return m, err
}
