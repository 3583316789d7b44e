package process

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// furnish sets up the calling thread's namespace.
func furnish(prefixes []netip.Prefix) error {
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("opening netlink in a node's namespace: %w", err)
	}
	defer h.Close()
	if err := setUp(h, "lo"); err != nil {
		return err
	}
	return addAddrs(h, nodeLink, prefixes)
}

func addAddrs(h *netlink.Handle, link string, prefixes []netip.Prefix) error {
	l, err := h.LinkByName(link)
	if err != nil {
		return fmt.Errorf("finding %s: %w", link, err)
	}
	for _, p := range prefixes {
		bits := p.Addr().BitLen()
		a := &netlink.Addr{IPNet: &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), bits)}}
		if p.Addr().Is6() {
			a.Flags = unix.IFA_F_NODAD // in use at once, not after a second's search for duplicates
		}
		if err := h.AddrAdd(l, a); err != nil {
			return fmt.Errorf("giving %s to %s: %w", p, link, err)
		}
	}
	return setUp(h, link)
}

func setUp(h *netlink.Handle, link string) error {
	l, err := h.LinkByName(link)
	if err != nil {
		return fmt.Errorf("finding %s: %w", link, err)
	}
	if err := h.LinkSetUp(l); err != nil {
		return fmt.Errorf("setting %s up: %w", link, err)
	}
	return nil
}

func hasIPv6() bool {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

// linkName is the bridge's end of the n-th pair ever made.
func linkName(n int) string { return "veth" + strconv.Itoa(n) }
