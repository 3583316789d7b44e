package agent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/mdlayher/netlink"
	nl "github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	sockDestroy    = 21 // SOCK_DESTROY (linux/sock_diag.h), since 4.5
	tcpEstablished = 1  // TCP_ESTABLISHED (net/tcp_states.h)
	tcpListen      = 10 // TCP_LISTEN
)

// destroyConnections ends the TCP connections of this namespace with those peers
// (or with all), but for those over loopback: both ends get a reset. With ports,
// only connections to these ports of its own.
func destroyConnections(peers []netip.Addr, ports []int) (int, error) {
	c, err := netlink.Dial(unix.NETLINK_SOCK_DIAG, nil)
	if err != nil {
		return 0, fmt.Errorf("socket diagnosis: %w", err)
	}
	defer c.Close()
	n := 0
	var errs error
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		list, err := nl.SocketDiagTCP(family)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("list the connections: %w", err))
		}
		for _, s := range list {
			if !concerned(s, peers) || len(ports) > 0 && !slices.Contains(ports, int(s.ID.SourcePort)) {
				continue
			}
			if err := destroy(c, s); err != nil && !errors.Is(err, syscall.ENOENT) { // it ended by itself
				errs = errors.Join(errs, fmt.Errorf("destroy a connection: %w", err))
				continue
			}
			n++
		}
	}
	return n, errs
}

func concerned(s *nl.Socket, peers []netip.Addr) bool {
	far, ok := netip.AddrFromSlice(s.ID.Destination)
	far = far.Unmap()
	if !ok || s.State == tcpListen || far.IsLoopback() || far.IsUnspecified() {
		return false
	}
	return len(peers) == 0 || slices.Contains(peers, far)
}

// destroy sends a struct inet_diag_req_v2 (linux/inet_diag.h).
func destroy(c *netlink.Conn, s *nl.Socket) error {
	b := make([]byte, 56)
	b[0], b[1] = s.Family, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(b[4:], 1<<s.State)
	binary.BigEndian.PutUint16(b[8:], s.ID.SourcePort)
	binary.BigEndian.PutUint16(b[10:], s.ID.DestinationPort)
	copy(b[12:28], raw(s.Family, s.ID.Source))
	copy(b[28:44], raw(s.Family, s.ID.Destination))
	binary.NativeEndian.PutUint32(b[44:], s.ID.Interface)
	binary.NativeEndian.PutUint32(b[48:], s.ID.Cookie[0])
	binary.NativeEndian.PutUint32(b[52:], s.ID.Cookie[1])
	_, err := c.Execute(netlink.Message{
		Header: netlink.Header{Type: sockDestroy, Flags: netlink.Request | netlink.Acknowledge},
		Data:   b,
	})
	return err
}

func raw(family uint8, ip net.IP) []byte {
	if family == unix.AF_INET {
		return ip.To4()
	}
	return ip.To16()
}

// canDestroy tries it on a connection of our own, over loopback.
func canDestroy() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	mine, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	defer mine.Close()
	near, far := mine.LocalAddr().(*net.TCPAddr), mine.RemoteAddr().(*net.TCPAddr)
	c, err := netlink.Dial(unix.NETLINK_SOCK_DIAG, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	none := [2]uint32{^uint32(0), ^uint32(0)} // INET_DIAG_NOCOOKIE
	return destroy(c, &nl.Socket{Family: unix.AF_INET, State: tcpEstablished, ID: nl.SocketID{
		SourcePort: uint16(near.Port), DestinationPort: uint16(far.Port), Source: near.IP, Destination: far.IP, Cookie: none,
	}})
}
