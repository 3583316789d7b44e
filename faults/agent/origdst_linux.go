package agent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// originalDst is where a redirected connection wanted to go (SO_ORIGINAL_DST of
// linux/netfilter_ipv4.h; IP6T_SO_ORIGINAL_DST has the same number).
func originalDst(c *net.TCPConn) (netip.AddrPort, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return netip.AddrPort{}, err
	}
	v4 := c.LocalAddr().(*net.TCPAddr).AddrPort().Addr().Unmap().Is4()
	var out netip.AddrPort
	var optErr error
	err = raw.Control(func(fd uintptr) { out, optErr = getOriginal(int(fd), v4) })
	if err := errors.Join(err, optErr); err != nil {
		return out, fmt.Errorf("original destination: %w", err)
	}
	return out, nil
}

func getOriginal(fd int, v4 bool) (netip.AddrPort, error) {
	var sa [unix.SizeofSockaddrInet6]byte // family, port, then by family
	size := uint32(len(sa))
	level := pick(v4, uintptr(unix.SOL_IP), unix.SOL_IPV6)
	_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), level, unix.SO_ORIGINAL_DST, uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&size)), 0)
	if e != 0 {
		return netip.AddrPort{}, e
	}
	port := binary.BigEndian.Uint16(sa[2:])
	if v4 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(sa[4:8])), port), nil
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(sa[8:24])), port), nil
}
