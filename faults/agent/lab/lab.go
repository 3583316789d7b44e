//go:build linux

// Package lab gives tests a network of their own: hosts in network namespaces on
// one bridge, with real packets, without root. It is for tests only.
package lab

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

const inside = "DRILLCTL_TEST_LAB"

// Run runs the test in a process of its own, in a user and a network namespace
// of its own: it starts the test binary again for this one test.
func Run(t *testing.T, test func(t *testing.T, n *Net)) {
	t.Helper()
	if os.Getenv(inside) == "1" {
		n, err := newNet()
		if err != nil {
			t.Fatal(err)
		}
		test(t, n)
		return
	}
	t.Parallel()
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=300s")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = Private()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		Missing(t, fmt.Sprintf("no user and network namespaces here: %v", err))
	}
	err := cmd.Wait()
	text := out.String()
	if err != nil || !strings.Contains(text, "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, text)
	}
	t.Log("\n" + text)
}

// Private are namespaces in which the user is root.
func Private() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
}

// Missing skips a test that needs namespaces, unless DRILLCTL_REQUIRE says that
// they must be there.
func Missing(t *testing.T, why string) {
	t.Helper()
	if strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "netns") {
		t.Fatal(why)
	}
	t.Skip(why)
}

// A Net is a bridge with hosts.
type Net struct {
	bridge netlink.Link
	last   int
}

func newNet() (*Net, error) {
	br := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "lab"}}
	if err := netlink.LinkAdd(br); err != nil {
		return nil, fmt.Errorf("make a bridge: %w", err)
	}
	if err := errors.Join(addAddr(br, middle4, 24), addAddr(br, middle6, 64), netlink.LinkSetUp(br)); err != nil {
		return nil, fmt.Errorf("set the bridge up: %w", err)
	}
	return &Net{bridge: br}, nil
}

// The bridge has addresses, too, where nobody listens.
var (
	middle4 = netip.MustParseAddr("10.99.0.254")
	middle6 = netip.MustParseAddr("fd99::fe")
)

func addAddr(l netlink.Link, a netip.Addr, bits int) error {
	ip := &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(bits, a.BitLen())}
	return netlink.AddrAdd(l, &netlink.Addr{IPNet: ip, Flags: syscall.IFA_F_NODAD})
}

// Host adds a host with the next addresses, 10.99.0.N and fd99::N, on an
// interface that is called neither eth0 nor like any other host's.
func (n *Net) Host(t *testing.T, name string) *Host {
	t.Helper()
	n.last++
	h := &Host{Name: name, V4: netip.AddrFrom4([4]byte{10, 99, 0, byte(n.last)}), work: make(chan func()), gone: make(chan struct{})}
	v6 := [16]byte{0: 0xfd, 1: 0x99, 15: byte(n.last)}
	h.V6 = netip.AddrFrom16(v6)
	if err := n.plug(h); err != nil {
		t.Fatalf("host %s: %v", name, err)
	}
	t.Cleanup(func() { close(h.gone) })
	return h
}

func (n *Net) plug(h *Host) error {
	ns, err := h.enter()
	if err != nil {
		return err
	}
	defer ns.Close()
	near, far := fmt.Sprintf("port%d", n.last), fmt.Sprintf("uplink%d", n.last)
	if err := netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: near}, PeerName: far}); err != nil {
		return fmt.Errorf("veth: %w", err)
	}
	port, err := netlink.LinkByName(near)
	if err != nil {
		return err
	}
	peer, err := netlink.LinkByName(far)
	if err != nil {
		return err
	}
	if err := errors.Join(netlink.LinkSetMaster(port, n.bridge), netlink.LinkSetUp(port), netlink.LinkSetNsFd(peer, int(ns.Fd()))); err != nil {
		return err
	}
	return h.Do(func() error { return errors.Join(h.configure(far), reach(middle4), reach(middle6)) })
}

// reach waits until a refusal comes back: the kernel takes up to a second to
// tell a bridge of a new link.
func reach(a netip.Addr) error {
	var err error
	for range 100 {
		var c net.Conn
		c, err = net.DialTimeout("tcp", netip.AddrPortFrom(a, 9).String(), 50*time.Millisecond)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return nil
		}
		if err == nil {
			c.Close()
		}
	}
	return fmt.Errorf("%s cannot be reached: %w", a, err)
}
