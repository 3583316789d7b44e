package docker

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"strings"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// The subnets to choose from: 10.64 to 10.191, away from where offices and
// clusters begin.
const (
	firstNet = 64
	nets     = 128
	netTries = 24
)

// makeNetwork makes the system's own network in a subnet that nothing on this
// machine or engine uses, with IPv6 where the engine has it. It leads nowhere
// else.
func (r *Runtime) makeNetwork(ctx context.Context) error {
	taken := r.takenPrefixes(ctx)
	start := hash(r.options.RunID)
	var last error
	six := true
	for try := range uint32(netTries) {
		n := byte(firstNet + (start+try*37)%nets)
		v4 := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, n}), 16)
		if overlaps(taken, v4) {
			continue
		}
		v6 := ulaOf(r.options.RunID, try)
		err := r.createNetwork(ctx, v4, v6, six)
		if err != nil && six && !poolTaken(err) {
			six = false // this engine may have no IPv6
			err = errors.Join(r.createNetwork(ctx, v4, v6, false))
		}
		if err == nil {
			if r.v4 = v4; six {
				r.v6 = v6
			}
			return nil
		}
		if !poolTaken(err) {
			return fmt.Errorf("making the system's network: %w", err)
		}
		last = err
	}
	return fmt.Errorf("making the system's network: no subnet of 10.64.0.0 to 10.191.255.255 is free: %w", last)
}

func (r *Runtime) createNetwork(ctx context.Context, v4, v6 netip.Prefix, six bool) error {
	config := []network.IPAMConfig{{Subnet: v4, Gateway: lastOf(v4)}}
	if six {
		config = append(config, network.IPAMConfig{Subnet: v6, Gateway: lastOf(v6)})
	}
	labels := r.labels(kindNetwork)
	res, err := r.e.cli.NetworkCreate(ctx, "drillctl-"+r.options.RunID, client.NetworkCreateOptions{
		Driver: "bridge", Internal: true, EnableIPv6: &six, Labels: labels,
		IPAM: &network.IPAM{Driver: "default", Config: config},
	})
	r.net = res.ID
	return err
}

// poolTaken says whether another network has the subnet.
func poolTaken(err error) bool {
	return strings.Contains(err.Error(), "overlaps") || strings.Contains(err.Error(), "overlapping")
}

// takenPrefixes are those of this machine's interfaces and of the engine's
// networks. What cannot be listed the engine will refuse.
func (r *Runtime) takenPrefixes(ctx context.Context) []netip.Prefix {
	var out []netip.Prefix
	addrs, _ := net.InterfaceAddrs() // an empty list only means more tries
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p)
		}
	}
	list, err := r.e.cli.NetworkList(ctx, client.NetworkListOptions{})
	if err != nil {
		return out
	}
	for _, n := range list.Items {
		for _, c := range n.IPAM.Config {
			out = append(out, c.Subnet)
		}
	}
	return out
}

func overlaps(all []netip.Prefix, p netip.Prefix) bool {
	for _, q := range all {
		if q.IsValid() && q.Overlaps(p) {
			return true
		}
	}
	return false
}

// ulaOf is a subnet of unique local addresses that belongs to one run.
func ulaOf(run string, try uint32) netip.Prefix {
	h := hash(run + fmt.Sprint(try))
	b := [16]byte{0xfd, byte(h >> 24), byte(h >> 16), byte(h >> 8), byte(h), 0x77}
	return netip.PrefixFrom(netip.AddrFrom16(b), 64)
}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum32()
}

// lastOf is the gateway: nodes are numbered from below.
func lastOf(p netip.Prefix) netip.Addr {
	if p.Addr().Is4() {
		b := p.Addr().As4()
		b[2], b[3] = 255, 254
		return netip.AddrFrom4(b)
	}
	b := p.Addr().As16()
	for i := 8; i < 16; i++ {
		b[i] = 0xff
	}
	return netip.AddrFrom16(b).Prev()
}

// Subnets are where nodes may have addresses; the last but one of each is the
// engine's. v6 is invalid where the engine has no IPv6.
func (r *Runtime) Subnets() (v4, v6 netip.Prefix) { return r.v4, r.v6 }

// inSubnets checks a node's addresses.
func (r *Runtime) inSubnets(n runtimes.Node) error {
	if len(n.Addrs) == 0 {
		return fmt.Errorf("node %s: it has no address", n.Name)
	}
	for _, a := range n.Addrs {
		if !r.v4.Contains(a) && !(r.v6.IsValid() && r.v6.Contains(a)) {
			return fmt.Errorf("node %s: %v is in no subnet of the system", n.Name, a)
		}
	}
	return nil
}
