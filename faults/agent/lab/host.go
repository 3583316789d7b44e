//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/drillctl/drillctl/runtimes"
)

// Bytes is the length of /bytes.
const Bytes = 20 << 20

// A Host is a network namespace with an address of each family. It is a
// runtimes.Instance with InNet and Dialer.
type Host struct {
	Name   string
	V4, V6 netip.Addr
	Link   string
	work   chan func()
	gone   chan struct{}
}

// enter starts the thread that is the host.
func (h *Host) enter() (*os.File, error) {
	type result struct {
		ns  *os.File
		err error
	}
	ready := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its namespace
		if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
			ready <- result{err: fmt.Errorf("unshare: %w", err)}
			return
		}
		ns, err := os.Open("/proc/thread-self/ns/net")
		ready <- result{ns, err}
		for {
			select {
			case fn := <-h.work:
				fn()
			case <-h.gone:
				return
			}
		}
	}()
	r := <-ready
	return r.ns, r.err
}

// Do runs fn on the host's thread: sockets that it opens are the host's. After
// the test the host is gone.
func (h *Host) Do(fn func() error) error {
	done := make(chan error, 1)
	select {
	case h.work <- func() { done <- fn() }:
		return <-done
	case <-h.gone:
		return fmt.Errorf("host %s: %w", h.Name, runtimes.ErrGone)
	}
}

func (h *Host) configure(link string) error {
	h.Link = link
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	l, err := netlink.LinkByName(link)
	if err != nil {
		return err
	}
	return errors.Join(netlink.LinkSetUp(lo), addAddr(l, h.V4, 24), addAddr(l, h.V6, 64), netlink.LinkSetUp(l))
}

// Ref implements runtimes.Instance.
func (h *Host) Ref() runtimes.Ref { return runtimes.Ref{Runtime: "lab", System: "test", ID: h.Name} }

// Node implements runtimes.Instance.
func (h *Host) Node() runtimes.Node {
	return runtimes.Node{Name: h.Name, Region: "lab", Role: "host", Addrs: []netip.Addr{h.V4, h.V6}}
}

// DialContext connects from the host.
func (h *Host) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var c net.Conn
	done := make(chan error, 1)
	// A thread of its own, so that a silent peer does not keep the host busy.
	err := h.Do(func() error {
		ns, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			return err
		}
		go func() {
			defer ns.Close()
			runtime.LockOSThread()
			if err := setns(ns); err != nil {
				done <- err
				return
			}
			var err error
			c, err = (&net.Dialer{}).DialContext(ctx, network, address)
			done <- err
		}()
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = <-done
	return c, err
}

// Serve answers HTTP on the port, on both addresses, until the test ends:
// /healthz says ok, and /bytes sends Bytes.
func (h *Host) Serve(t *testing.T, port int) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/bytes", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, Bytes)) })
	srv := &http.Server{Handler: mux}
	for _, a := range []netip.Addr{h.V4, h.V6} {
		var l net.Listener
		if err := h.Do(func() (err error) {
			l, err = net.Listen("tcp", netip.AddrPortFrom(a, uint16(port)).String())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		go func() { _ = srv.Serve(l) }() // ends with Close
	}
	t.Cleanup(func() { srv.Close() })
}

// Client is an HTTP client of the host, with connections of its own.
func (h *Host) Client(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: &http.Transport{DialContext: h.DialContext}}
}

// Cut takes the host's link down.
func (h *Host) Cut(t *testing.T) {
	t.Helper()
	if err := h.Do(func() error {
		l, err := netlink.LinkByName(h.Link)
		if err != nil {
			return err
		}
		return netlink.LinkSetDown(l)
	}); err != nil {
		t.Fatal(err)
	}
}
