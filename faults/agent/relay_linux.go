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

	"golang.org/x/sys/unix"
)

// relay accepts redirected TCP connections, connects on to where they wanted to
// go, and holds back what the instance sends by delay ± jitter. Since the kernel
// shakes hands before it knows of a delay, the relay waits once before it
// connects on: the first answer is as late as it would be by netem.
type relay struct {
	delay, jitter time.Duration
	listener      net.Listener
	ctx           context.Context // of all connections, ended by Close
	cancel        context.CancelFunc
	served        atomic.Int64
	chunks        atomic.Int64
	late          atomic.Int64 // ns, sum over chunks

	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
}

func newRelay(delay, jitter time.Duration) (*relay, error) {
	l, err := net.Listen("tcp", ":0") // both families
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	r := &relay{delay: delay, jitter: jitter, listener: l, conns: map[net.Conn]bool{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	go r.accept()
	return r, nil
}

func (r *relay) port() uint16 { return uint16(r.listener.Addr().(*net.TCPAddr).Port) }

func (r *relay) accept() {
	for {
		c, err := r.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of descriptors: some will be closed
			continue
		}
		if r.keep(c) {
			go r.serve(c.(*net.TCPConn))
		}
	}
}

// keep registers a connection for Close; false means that it came too late.
func (r *relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		abort(c)
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

func (r *relay) serve(c *net.TCPConn) {
	defer r.drop(c)
	to, err := originalDst(c)
	// Who connects to the relay itself would send it round in circles.
	if err != nil || to.Port() == r.port() && local(to.Addr()) {
		abort(c)
		return
	}
	if !r.wait(time.Now().Add(r.draw())) {
		return
	}
	d := net.Dialer{Timeout: 30 * time.Second, Control: markSocket}
	conn, err := d.DialContext(r.ctx, "tcp", to.String())
	if err != nil {
		abort(c) // as the far side's refusal would look
		return
	}
	far := conn.(*net.TCPConn)
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

// pipe copies from src to dst, late if late, and passes the end on.
func (r *relay) pipe(dst, src *net.TCPConn, late bool) {
	var err error
	if late {
		err = r.hold(dst, src)
	} else {
		_, err = io.Copy(dst, src)
	}
	if err != nil {
		abort(dst)
		abort(src)
		return
	}
	_ = dst.CloseWrite() // the other side may be gone already
}

// draw is the next delay.
func (r *relay) draw() time.Duration {
	if r.jitter <= 0 {
		return r.delay
	}
	return max(0, r.delay-r.jitter+rand.N(2*r.jitter+1))
}

// wait returns true at that time, or false when the relay is closed.
func (r *relay) wait(until time.Time) bool {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.ctx.Done():
		return false
	}
}

// held is how many chunks were held back, and by how much on average.
func (r *relay) held() (uint64, time.Duration) {
	n := r.chunks.Load()
	return uint64(n), time.Duration(r.late.Load() / max(n, 1))
}

// Close ends the relay and resets all its connections. It is safe to repeat.
func (r *relay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return nil
	}
	r.ended = true
	r.cancel()
	for c := range r.conns {
		abort(c)
	}
	return r.listener.Close()
}

// abort closes with a reset.
func abort(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}

// markSocket makes a socket whose packets are not redirected.
func markSocket(_, _ string, raw syscall.RawConn) error {
	var err error
	ctlErr := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, relayMark) })
	return errors.Join(err, ctlErr)
}

// local says whether an address is one of this namespace.
func local(a netip.Addr) bool {
	for _, own := range interfaceAddrs() {
		if own == a.Unmap().WithZone("") {
			return true
		}
	}
	return false
}

func interfaceAddrs() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, x := range all {
		if n, ok := x.(*net.IPNet); ok {
			if a, ok := netip.AddrFromSlice(n.IP); ok {
				out = append(out, a.Unmap())
			}
		}
	}
	return out
}
