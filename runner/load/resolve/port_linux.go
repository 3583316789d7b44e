package resolve

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// latePort leaves the choice of the local port to connect: chosen with the address
// it would be taken for all destinations, and connections that were closed a minute
// ago would use the ports up.
func latePort(_, _ string, c syscall.RawConn) error {
	var set error
	err := c.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	})
	return errors.Join(err, set)
}
