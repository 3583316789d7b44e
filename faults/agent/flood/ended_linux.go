package flood

import (
	"net"

	"golang.org/x/sys/unix"
)

// established is TCP_ESTABLISHED (linux/tcp_states.h).
const established = 1

// ended asks the kernel whether the other side has ended a connection: who never
// reads would not notice.
func ended(c net.Conn) bool {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return false
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return true
	}
	gone := true
	err = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			gone = info.State != established
		}
	})
	return gone || err != nil
}
