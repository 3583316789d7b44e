package docker

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// furnish adds addresses beside the main one, to the same link and subnet.
func furnish(words string) error {
	main, more, err := parseAddrs(words)
	if err != nil {
		return err
	}
	links, err := netlink.LinkList()
	if err != nil {
		return fmt.Errorf("listing links: %w", err)
	}
	for _, l := range links {
		has, err := netlink.AddrList(l, netlink.FAMILY_ALL)
		if err != nil {
			return fmt.Errorf("listing the addresses of %s: %w", l.Attrs().Name, err)
		}
		for _, a := range has {
			if ip, ok := netip.AddrFromSlice(a.IP); ok && ip.Unmap() == main {
				return addTo(l, a.Mask, more)
			}
		}
	}
	return fmt.Errorf("no link has %s", main)
}

func addTo(l netlink.Link, mask net.IPMask, addrs []netip.Addr) error {
	for _, a := range addrs {
		one := &netlink.Addr{IPNet: &net.IPNet{IP: a.AsSlice(), Mask: mask}}
		if a.Is6() {
			one.Flags = unix.IFA_F_NODAD // in use at once
		}
		if err := netlink.AddrAdd(l, one); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("giving %s to %s: %w", a, l.Attrs().Name, err)
		}
	}
	return nil
}
