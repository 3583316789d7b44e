package gateway

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// The regions that are no part of the system's own, and the third numbers of
// their addresses: the same however many regions there are.
const (
	regionEdge    = "edge"
	regionClient  = "client"
	regionMonitor = "monitor"
	netClients    = 231 // and on: the subnets of clients by region, where the client node has further addresses
	netEdge       = 250
	netClient     = 251
	netMonitor    = 252
)

// An addressing gives node k of region r (both from 1) the addresses
// x.y.r.k and prefix::r:k.
type addressing struct{ v4, v6 netip.Prefix }

func newAddressing(v4, v6 netip.Prefix) (addressing, error) {
	if !v4.Addr().Is4() || v4.Bits() > 16 {
		return addressing{}, fmt.Errorf("laying the system out: IPv4 network %v is not a /16 or larger", v4)
	}
	if v6.IsValid() && (!v6.Addr().Is6() || v6.Bits() > 96) {
		return addressing{}, fmt.Errorf("laying the system out: IPv6 network %v is not a /96 or larger", v6)
	}
	return addressing{v4: v4.Masked(), v6: v6.Masked()}, nil
}

// at returns both addresses; the second is invalid where there is no IPv6.
func (a addressing) at(region, node int) (four, six netip.Addr) {
	b4 := a.v4.Addr().As4()
	b4[2], b4[3] = byte(region), byte(node)
	four = netip.AddrFrom4(b4)
	if a.v6.IsValid() {
		b6 := a.v6.Addr().As16()
		b6[13], b6[15] = byte(region), byte(node)
		six = netip.AddrFrom16(b6)
	}
	return four, six
}

// clients is the subnet of the i-th group of clients (from 0).
func (a addressing) clients(i int) netip.Prefix {
	b := a.v4.Addr().As4()
	b[2], b[3] = byte(netClients+i), 0
	return netip.PrefixFrom(netip.AddrFrom4(b), 24)
}

// clientsAt are the addresses that the clients of the i-th group come from.
func (a addressing) clientsAt(i int) []netip.Addr {
	four, six := a.at(netClients+i, 1)
	if !six.IsValid() {
		return []netip.Addr{four}
	}
	return []netip.Addr{four, six}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
