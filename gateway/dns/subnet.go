package dns

import (
	"net/netip"
	"slices"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/gateway/bug"
)

// A Net is a network of clients and the region that it is near to, as a
// geographic database tells of public networks.
type Net struct {
	Prefix netip.Prefix `json:"prefix"`
	Near   string       `json:"near"` // a region
}

// An asker is whom an answer is for: the sender of a query, or the clients in
// whose name a resolver asks (EDNS Client Subnet, RFC 7871).
type asker struct {
	addr netip.Addr
	near string // the region, "" where nothing is known
	// told is the subnet as the query has it; nil when it has none, or none that
	// is taken notice of. bits is how much of it an answer rests on that is not
	// the same for everybody.
	told *dns.EDNS0_SUBNET
	bits uint8
}

// asker goes by the subnet before the address. A subnet can be made up, to learn
// what others are answered or to fill a cache, so it is believed of the resolvers
// that are configured; from others it is passed over, as by a server that does
// not know the option. It is false for a subnet that is malformed.
func (c Config) asker(from netip.Addr, opt *dns.OPT) (asker, bool) {
	a := asker{addr: from, near: c.near(from)}
	e := subnetOf(opt)
	if e == nil || !slices.Contains(c.Resolvers, from) || c.has(bug.RoutesByResolver) {
		return a, true
	}
	p, ok := prefixOf(e)
	if !ok {
		return a, false
	}
	if a.told = e; p.Bits() == 0 { // its clients want to stay unknown
		return a, true
	}
	a.addr, a.near, a.bits = p.Addr(), "", e.SourceNetmask
	for _, n := range c.Nets {
		if n.Prefix.Bits() <= p.Bits() && n.Prefix.Contains(p.Addr()) {
			a.near, a.bits = n.Near, uint8(n.Prefix.Bits())
			break
		}
	}
	if c.Policy == Weighted { // each subnet has a draw of its own
		a.bits = e.SourceNetmask
	}
	return a, true
}

func subnetOf(opt *dns.OPT) *dns.EDNS0_SUBNET {
	if opt == nil {
		return nil
	}
	for _, o := range opt.Option {
		if e, ok := o.(*dns.EDNS0_SUBNET); ok {
			return e
		}
	}
	return nil
}

// prefixOf reads the option of a query: its scope must be 0, and so must be the
// address beyond the source prefix (RFC 7871, section 6).
func prefixOf(e *dns.EDNS0_SUBNET) (netip.Prefix, bool) {
	addr, ok := netip.AddrFromSlice(e.Address)
	if !ok {
		return netip.Prefix{}, false
	}
	if e.Family != 2 {
		addr = addr.Unmap()
	}
	p := netip.PrefixFrom(addr, int(e.SourceNetmask))
	return p, p.IsValid() && p == p.Masked() && e.SourceScope == 0
}

// reply puts the subnet into an answer, with the scope that the answer holds for:
// 0 is everybody.
func (a asker) reply(m *dns.Msg, tailored bool) {
	if a.told == nil {
		return
	}
	e := *a.told
	if e.SourceScope = 0; tailored {
		e.SourceScope = a.bits
	}
	opt := m.IsEdns0()
	opt.Option = append(opt.Option, &e)
}
