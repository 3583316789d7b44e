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
	for _, name := range slices.Sorted(maps.Keys(running)) {
		n := running[name].Node()
		switch {
		case name == self || name == runtimes.HostName:
		case slices.Contains(s.Peers, name):
			peers = append(peers, doors(n))
		case n.Role == roleClient || !slices.Contains(hit, name):
			others = append(others, doors(n))
		}
	}
	return append(flat(spread(peers, probePeers)), flat(spread(others, probeOthers))...)
}

func flat(doors [][]netip.AddrPort) []netip.AddrPort { return slices.Concat(doors...) }

// doors are the addresses of a node with the port where it answers.
func doors(n runtimes.Node) []netip.AddrPort {
	port := uint16(closedPort)
	if u, err := url.Parse(n.Ready); err == nil && n.Ready != "" {
		if ap, err := netip.ParseAddrPort(u.Host); err == nil {
			port = ap.Port()
		} else {
			port = 80
		}
	}
	var out []netip.AddrPort
	for _, a := range n.Addrs {
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
