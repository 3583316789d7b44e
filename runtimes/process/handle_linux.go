package process

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/runtimes"
)

// handle does one request. fds came with it, out goes back; the caller closes
// both.
func (h *host) handle(ctx context.Context, m message, fds []int) (r reply, out []int, err error) {
	q := m.Request
	if h.bridge == nil && m.Op != opConfigure {
		return r, nil, fmt.Errorf("%s before %s", m.Op, opConfigure)
	}
	switch m.Op {
	case opConfigure:
		r, err = h.configure(q.Config)
	case opStart:
		err = h.start(ctx, q.Nodes)
	case opCut:
		r.Ats, err = h.cut(ctx, q.Names)
	case opRun:
		r.Helper, err = h.runHelper(q.Name, q.Args, fds)
	case opWait:
		r.Note, err = h.waitHelper(ctx, q.Helper)
	case opEnd:
		err = h.endHelper(q.Helper)
	case opDial:
		out, err = h.dial(q.Name, q.Network, q.Address)
	case opProbe:
		r.Checks = h.probe()
	default:
		return h.handleNode(ctx, m.Op, q)
	}
	return r, out, err
}

// handleNode does the acts on one node.
func (h *host) handleNode(ctx context.Context, op string, q *request) (r reply, out []int, err error) {
	n, err := h.node(q.Name)
	if err != nil {
		return r, nil, err
	}
	switch op {
	case opUp:
		r.At, err = n.start()
	case opKill:
		r.At, err = n.kill(ctx)
	case opCrash:
		r.At, err = n.crash(syscall.Signal(q.Signal))
	case opStop:
		r.At, err = n.stop(ctx, q.Grace)
	case opPause:
		r.At, err = n.pause(ctx)
	case opUnpause:
		r.At, err = n.unpause()
	case opStatus:
		h.sup.mu.Lock()
		s := n.status()
		h.sup.mu.Unlock()
		r.Status = &s
	default:
		err = fmt.Errorf("the process host knows no %q: %w", op, runtimes.ErrUnsupported)
	}
	return r, nil, err
}

func (h *host) cut(ctx context.Context, names []string) (map[string]time.Duration, error) {
	var nodes []*node
	for _, name := range names {
		n, err := h.node(name)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("cutting power: no names: %w", runtimes.ErrNoInstance)
	}
	return cut(ctx, h.sup, nodes)
}

// dial opens a socket in the node's namespace (or the bridge's own, when name
// is empty) and begins to connect; the owner waits for the outcome.
func (h *host) dial(name, network, address string) ([]int, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("dialing %s: an address here is IP:PORT: %w", address, err)
	}
	kind, err := socketKind(network)
	if err != nil {
		return nil, err
	}
	var fd int
	connect := func() { fd, err = openSocket(kind, to) }
	if name == "" {
		connect()
	} else {
		n, nerr := h.node(name)
		if nerr != nil {
			return nil, nerr
		}
		if gone := n.net.do(connect); gone != nil {
			return nil, gone
		}
	}
	if err != nil {
		return nil, fmt.Errorf("dialing %s: %w", address, err)
	}
	return []int{fd}, nil
}

func socketKind(network string) (int, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		return unix.SOCK_STREAM, nil
	case "udp", "udp4", "udp6":
		return unix.SOCK_DGRAM, nil
	}
	return 0, fmt.Errorf("dialing by %s: %w", network, runtimes.ErrUnsupported)
}

func openSocket(kind int, to netip.AddrPort) (int, error) {
	var sa unix.Sockaddr = &unix.SockaddrInet4{Port: int(to.Port())}
	family := unix.AF_INET
	if addr := to.Addr().Unmap(); addr.Is4() {
		sa.(*unix.SockaddrInet4).Addr = addr.As4()
	} else {
		family = unix.AF_INET6
		sa = &unix.SockaddrInet6{Port: int(to.Port()), Addr: addr.As16()}
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	if err := unix.Connect(fd, sa); err != nil && err != unix.EINPROGRESS {
		unix.Close(fd)
		return 0, os.NewSyscallError("connect", err)
	}
	return fd, nil
}
