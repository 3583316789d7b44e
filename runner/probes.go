package runner

import (
	"maps"
	"net/netip"
	"net/url"
	"slices"

	"github.com/drillctl/drillctl/runtimes"
)

// probes picks addresses that answer while the path is up: some on the other
// side of a partition, some elsewhere that no step touches, and the client.
func (p Plan) probes(s Step, self string, running map[string]runtimes.Instance) []netip.AddrPort {
	hit := p.Hit()
	var peers, others [][]netip.AddrPort
	var spared []netip.AddrPort // of a client that is cut off in part: always tried
	for _, name := range slices.Sorted(maps.Keys(running)) {
		n := running[name].Node()
		switch {
		case name == self || name == runtimes.HostName:
		case slices.Contains(s.Peers, name):
			side, rest := s.sides(n)
			peers, spared = append(peers, doors(n, side)), append(spared, doors(n, rest)...)
		case n.Role == roleClient || !slices.Contains(hit, name):
			others = append(others, doors(n, n.Addrs))
		}
	}
	return slices.Concat(flat(spread(peers, probePeers)), flat(spread(others, probeOthers)), spared)
}

// sides are the addresses of a peer that are on the other side, and those that are
// not: of a client of which only some groups are meant.
func (s Step) sides(n runtimes.Node) (other, rest []netip.Addr) {
	if len(s.Groups) == 0 || n.Role != roleClient {
		return n.Addrs, nil
	}
	for _, g := range s.Groups {
		other = append(other, n.Groups[g]...)
	}
	rest = slices.DeleteFunc(slices.Clone(n.Addrs), func(a netip.Addr) bool { return slices.Contains(other, a) })
	return other, rest
}

func flat(doors [][]netip.AddrPort) []netip.AddrPort { return slices.Concat(doors...) }

// doors are addresses of a node with the port where it answers.
func doors(n runtimes.Node, addrs []netip.Addr) []netip.AddrPort {
	port := uint16(closedPort)
	if u, err := url.Parse(n.Ready); err == nil && n.Ready != "" {
		if ap, err := netip.ParseAddrPort(u.Host); err == nil {
			port = ap.Port()
		} else {
			port = 80
		}
	}
	var out []netip.AddrPort
	for _, a := range addrs {
		out = append(out, netip.AddrPortFrom(a, port))
	}
	return out
}

// spread takes n of all, evenly over the list, always the last (the list is
// sorted by name, so this goes over regions and roles).
func spread[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	var out []T
	for i := range n {
		out = append(out, all[(i+1)*len(all)/n-1])
	}
	return out
}
