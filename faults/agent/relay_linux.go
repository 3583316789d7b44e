package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// relay accepts redirected TCP connections, connects on to where they wanted to
// go, and holds back what the instance sends by delay ± jitter: each chunk is
// stamped when it is read and written when it is due, in order, so that the
// throughput stays.
type relay struct {
	delay, jitter time.Duration
	listeners     []net.Listener
	served        atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
}

func newRelay(delay, jitter time.Duration) (*relay, error) {
	r := &relay{delay: delay, jitter: jitter, conns: map[net.Conn]bool{}}
	l, err := net.Listen("tcp", ":0") // both families
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	r.listeners = append(r.listeners, l)
	go r.accept(l)
	return r, nil
}

func (r *relay) port() uint16 {
	return uint16(r.listeners[0].Addr().(*net.TCPAddr).Port)
}

func (r *relay) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		if r.keep(c) {
			go r.serve(c)
		}
	}
}

// keep registers a connection for Close; false means that it came too late.
func (r *relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		c.Close()
		return false
	}
	r.conns[c] = true
	return true
}

func (r *relay) drop(c net.Conn) {
	r.mu.Lock()
	delete(r.conns, c)
	r.mu.Unlock()
	c.Close()
}

func (r *relay) serve(c net.Conn) {
	defer r.drop(c)
	to, err := originalDst(c.(*net.TCPConn))
	if err != nil {
		return
	}
	d := net.Dialer{Timeout: 10 * time.Second, Control: marked}
	far, err := d.DialContext(context.Background(), "tcp", to.String())
	if err != nil {
		abort(c) // as the far side's refusal would look
		return
	}
	if !r.keep(far) {
		return
	}
	defer r.drop(far)
	r.served.Add(1)
	// Of a connection to the instance, the answers are what it sends; of one
	// from it, the requests.
	inbound := local(to.Addr())
	var wg sync.WaitGroup
	wg.Go(func() { r.pipe(far, c, !inbound) })
	wg.Go(func() { r.pipe(c, far, inbound) })
	wg.Wait()
}

// A chunk waits until it is due.
type chunk struct {
	data []byte
	due  time.Time
}

// pipe copies from src to dst, late if late.
func (r *relay) pipe(dst, src net.Conn, late bool) {
	if !late {
		_, err := io.Copy(dst, src)
		finish(dst, err)
		return
	}
	queue := make(chan chunk, 1024)
	var readErr error
	go func() {
		defer close(queue)
		var last time.Time
		for {
			buf := make([]byte, 32<<10)
			n, err := src.Read(buf)
			if n > 0 {
				due := time.Now().Add(r.draw())
				if due.Before(last) {
					due = last // in order
				}
				last = due
				queue <- chunk{buf[:n], due}
			}
			if err != nil {
				readErr = err
				return
			}
		}
	}()
	for c := range queue {
		time.Sleep(time.Until(c.due))
		if _, err := dst.Write(c.data); err != nil {
			src.Close()
			for range queue { // the reader must not hang on a full queue
			}
			return
		}
	}
	finish(dst, readErr)
}

// finish passes the end of one side on: an orderly end as such, all else as a
// reset.
func finish(dst net.Conn, err error) {
	if err == nil || errors.Is(err, io.EOF) {
		if t, ok := dst.(*net.TCPConn); ok {
			_ = t.CloseWrite() // the other side may be gone already
		}
		return
	}
	abort(dst)
}

func abort(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}

func (r *relay) draw() time.Duration {
	if r.jitter <= 0 {
		return r.delay
	}
	return max(0, r.delay-r.jitter+rand.N(2*r.jitter+1))
}

// Close ends the relay and all its connections. It is safe to repeat.
func (r *relay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return nil
	}
	r.ended = true
	var err error
	for _, l := range r.listeners {
		err = errors.Join(err, l.Close())
	}
	for c := range r.conns {
		abort(c)
	}
	return err
}

// marked makes a socket whose packets are not redirected.
func marked(_, _ string, raw syscall.RawConn) error {
	var err error
	ctlErr := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, relayMark) })
	return errors.Join(err, ctlErr)
}

// local says whether an address is one of this namespace.
func local(a netip.Addr) bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, x := range addrs {
		if n, ok := x.(*net.IPNet); ok {
			if b, ok := netip.AddrFromSlice(n.IP); ok && b.Unmap() == a.Unmap() {
				return true
			}
		}
	}
	return false
}

// originalDst is where a redirected connection wanted to go (linux/netfilter_ipv4.h,
// SO_ORIGINAL_DST; the same number for IPv6).
func originalDst(c *net.TCPConn) (netip.AddrPort, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return netip.AddrPort{}, err
	}
	v4 := c.LocalAddr().(*net.TCPAddr).AddrPort().Addr().Unmap().Is4()
	var out netip.AddrPort
	var optErr error
	err = raw.Control(func(fd uintptr) { out, optErr = getOriginal(int(fd), v4) })
	return out, errors.Join(err, optErr)
}

func getOriginal(fd int, v4 bool) (netip.AddrPort, error) {
	if v4 {
		var sa unix.RawSockaddrInet4
		if err := getsockopt(fd, unix.SOL_IP, unsafe.Pointer(&sa), unsafe.Sizeof(sa)); err != nil {
			return netip.AddrPort{}, err
		}
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), swap(sa.Port)), nil
	}
	var sa unix.RawSockaddrInet6
	if err := getsockopt(fd, unix.SOL_IPV6, unsafe.Pointer(&sa), unsafe.Sizeof(sa)); err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), swap(sa.Port)), nil
}

func getsockopt(fd, level int, p unsafe.Pointer, size uintptr) error {
	n := uint32(size)
	_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), unix.SO_ORIGINAL_DST, uintptr(p), uintptr(unsafe.Pointer(&n)), 0)
	if e != 0 {
		return fmt.Errorf("original destination: %w", e)
	}
	return nil
}

// swap reads a port that stands in network order.
func swap(p uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&p))
	return uint16(b[0])<<8 | uint16(b[1])
}
