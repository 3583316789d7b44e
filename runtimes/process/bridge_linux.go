package process

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	bridgeName = "drill0"
	nodeLink   = "eth0" // inside every node
)

// A bridge joins all nodes. The host's own namespace is on it too.
type bridge struct {
	links  *netlink.Handle
	index  int
	v4, v6 netip.Prefix // v6 is invalid where the kernel has no IPv6
}

// bridgeAddrs are the host's addresses on the bridge, near the end of the
// subnets where no layout puts a node.
func bridgeAddrs(v4, v6 netip.Prefix) []netip.Prefix {
	all := []netip.Prefix{netip.PrefixFrom(lastAddr(v4), v4.Bits())}
	if v6.IsValid() {
		all = append(all, netip.PrefixFrom(lastAddr(v6), v6.Bits()))
	}
	return all
}

// lastAddr is the last but one address of p: the last is IPv4's broadcast.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr.Prev()
}

// newBridge makes the bridge in the namespace of the calling thread.
func newBridge(v4, v6 netip.Prefix) (*bridge, error) {
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("opening netlink: %w", err)
	}
	b := &bridge{links: h, v4: v4}
	if hasIPv6() {
		b.v6 = v6
	}
	if err := b.build(); err != nil {
		h.Close()
		return nil, err
	}
	return b, nil
}

func (b *bridge) build() error {
	if err := setUp(b.links, "lo"); err != nil {
		return err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = bridgeName
	attrs.MTU = 1500
	snooping := false // nodes learn each other by multicast: flood it
	br := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &snooping}
	if err := b.links.LinkAdd(br); err != nil {
		return fmt.Errorf("making a bridge (kernel module bridge): %w", err)
	}
	if err := addAddrs(b.links, bridgeName, bridgeAddrs(b.v4, b.v6)); err != nil {
		return err
	}
	link, err := b.links.LinkByName(bridgeName)
	if err != nil {
		return fmt.Errorf("finding %s: %w", bridgeName, err)
	}
	b.index = link.Attrs().Index
	return nil
}

// attach puts one end of a new pair of links on the bridge and the other, as
// eth0 with addrs, into the thread's namespace.
func (b *bridge) attach(name string, t *netThread, addrs []netip.Addr) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	attrs.MTU = 1500
	attrs.MasterIndex = b.index
	attrs.Flags = net.FlagUp
	pair := netlink.NewVeth(attrs)
	pair.PeerName = nodeLink
	pair.PeerNamespace = netlink.NsPid(t.tid)
	if err := b.links.LinkAdd(pair); err != nil {
		return fmt.Errorf("making a pair of links (kernel module veth): %w", err)
	}
	prefixes, err := b.prefixes(addrs)
	if err != nil {
		return err
	}
	if gone := t.do(func() { err = furnish(prefixes) }); gone != nil || err != nil {
		return errors.Join(gone, err)
	}
	return nil
}

// awaitUp waits until the kernel has seen that the links, by name, have
// a carrier. It does so in the background, and until then the bridge forwards
// nothing to them: a request for a neighbour's address would be lost, and
// repeated a second later only. On a kernel that never says so we go on: the
// readiness of nodes decides.
func (b *bridge) awaitUp(names ...string) {
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		links, err := b.links.LinkList()
		if err == nil && !slices.ContainsFunc(links, func(l netlink.Link) bool {
			return slices.Contains(names, l.Attrs().Name) && l.Attrs().OperState != netlink.OperUp ||
				l.Attrs().Name == bridgeName && l.Attrs().OperState == netlink.OperDown
		}) {
			return
		}
	}
}

// detach removes the pair at once; the kernel itself would take its time.
func (b *bridge) detach(name string) error {
	link, err := b.links.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("finding link %s: %w", name, err)
	}
	if err := b.links.LinkDel(link); err != nil {
		return fmt.Errorf("removing link %s: %w", name, err)
	}
	return nil
}

func (b *bridge) prefixes(addrs []netip.Addr) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, a := range addrs {
		switch {
		case b.v4.Contains(a):
			all = append(all, netip.PrefixFrom(a, b.v4.Bits()))
		case b.v6.IsValid() && b.v6.Contains(a):
			all = append(all, netip.PrefixFrom(a, b.v6.Bits()))
		default:
			return nil, fmt.Errorf("address %s is in none of the subnets %s", a, b.subnets())
		}
	}
	return all, nil
}

func (b *bridge) subnets() string {
	if !b.v6.IsValid() {
		return b.v4.String() + " (this kernel has no IPv6)"
	}
	return b.v4.String() + " and " + b.v6.String()
}
