package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Doctor tries in throwaway namespaces all that the runtime needs. It takes
// well under a second and leaves nothing.
func Doctor(ctx context.Context) []Check {
	dir, err := os.MkdirTemp("", "drillctl-doctor-")
	if err != nil {
		return []Check{{Name: "namespaces", Text: err.Error(), Hint: "make room in " + os.TempDir()}}
	}
	defer os.RemoveAll(dir)
	r, err := New(ctx, Options{RunID: "doctor", LogDir: dir})
	if err != nil {
		return []Check{{Name: "namespaces", Text: err.Error(), Hint: remedy(readFact, os.Geteuid())}}
	}
	defer r.Close()
	checks := []Check{
		{Name: "namespaces", OK: true, Text: r.text},
		{Name: "bridge", OK: true, Text: "made one"},
	}
	a, err := r.client.call(ctx, opProbe, request{})
	if err != nil {
		return append(checks, Check{Name: "veth", Text: err.Error()})
	}
	return append(checks, a.Checks...)
}

// probe makes a namespace with a pair of links, and sends packets through.
func (h *host) probe() []Check {
	pid := Check{Name: "pid namespace", OK: os.Getpid() == 1, Text: fmt.Sprintf("the host is process %d", os.Getpid())}
	t, err := newNetThread()
	if err != nil {
		return []Check{pid, {Name: "network namespace per node", Text: err.Error(), Hint: "sudo sysctl -w user.max_net_namespaces=15000"}}
	}
	defer t.close()
	checks := []Check{pid, {Name: "network namespace per node", OK: true, Text: "made one"}}
	var addrs []netip.Addr
	for _, p := range bridgeAddrs(h.bridge.v4, h.bridge.v6) {
		addrs = append(addrs, p.Addr().Prev())
	}
	const link = "vethprobe"
	err = h.bridge.attach(link, t, addrs)
	defer h.bridge.detach(link)
	if err != nil {
		return append(checks, Check{Name: "veth", Text: err.Error(), Hint: "sudo modprobe veth"})
	}
	h.bridge.awaitUp(link)
	checks = append(checks, answersAt("IPv4 through bridge and veth", addrs[0]))
	if len(addrs) == 1 {
		return append(checks, Check{Name: "IPv6 through bridge and veth", Text: "this kernel has no IPv6", Hint: "drills will use IPv4 only"})
	}
	return append(checks, answersAt("IPv6 through bridge and veth", addrs[1]))
}

// answersAt says whether the address is reached: then its kernel refuses the
// connection, since nobody listens there.
func answersAt(name string, addr netip.Addr) Check {
	const port = 9 // discard
	conn, err := net.DialTimeout("tcp", netip.AddrPortFrom(addr, port).String(), time.Second)
	if err == nil {
		conn.Close()
	}
	if err == nil || errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, syscall.ECONNREFUSED) {
		return Check{Name: name, OK: true, Text: addr.String() + " answers"}
	}
	return Check{Name: name, Text: err.Error(), Hint: "a firewall on bridges? try: sudo sysctl -w net.bridge.bridge-nf-call-iptables=0"}
}
