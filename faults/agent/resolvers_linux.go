package agent

import (
	"net/netip"
	"slices"

	"github.com/miekg/dns"
)

// asked are the resolvers that have a server of ours each, so that it knows whom
// a question was for: the instance's own, and the instance itself, if it is one.
// An unspecified address stands for all others of its family.
func asked() []netip.Addr {
	var out []netip.Addr
	for _, a := range append(resolvers(), interfaceAddrs()...) {
		if !a.IsLinkLocalUnicast() && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return append(out, netip.IPv4Unspecified(), netip.IPv6Unspecified())
}

// resolvers are those that the instance's programs ask. What cannot be read names
// none.
func resolvers() []netip.Addr {
	c, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, s := range c.Servers {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, a.Unmap().WithZone(""))
		}
	}
	return out
}

func loopbackOf(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.IPv6Loopback()
}

// firstResolver is asked what was meant for a resolver that nobody has named.
func firstResolver(like netip.Addr) netip.Addr {
	all := resolvers()
	if i := slices.IndexFunc(all, func(a netip.Addr) bool { return a.Is4() == like.Is4() }); i >= 0 {
		return all[i]
	}
	if len(all) > 0 {
		return all[0]
	}
	return netip.Addr{}
}
