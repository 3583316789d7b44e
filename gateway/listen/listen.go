// Package listen opens the sockets of a node on each of its addresses.
package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// patience is how long an address may be missing: IPv6 addresses are not
// usable at once when the kernel still looks for duplicates.
const patience = 3 * time.Second

// TCP listens on port of every valid address, all or none. An address that is
// not there yet is waited for up to 3 s.
func TCP(ctx context.Context, port uint16, addrs ...netip.Addr) ([]net.Listener, error) {
	var open []net.Listener
	for _, at := range Endpoints(port, addrs...) {
		l, err := Wait(ctx, func() (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", at.String())
		})
		if err != nil {
			Close(open)
			return nil, fmt.Errorf("listening on tcp %s: %w", at, err)
		}
		open = append(open, l)
	}
	if len(open) == 0 {
		return nil, errors.New("listening: the node has no address")
	}
	return open, nil
}

// Endpoints joins port to each valid address.
func Endpoints(port uint16, addrs ...netip.Addr) []netip.AddrPort {
	var all []netip.AddrPort
	for _, a := range addrs {
		if a.IsValid() {
			all = append(all, netip.AddrPortFrom(a, port))
		}
	}
	return all
}

// Wait calls open until it does anything but find the address missing, for at
// most 3 s.
func Wait[T any](ctx context.Context, open func() (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		got, err := open()
		if !errors.Is(err, syscall.EADDRNOTAVAIL) {
			return got, err
		}
		select {
		case <-ctx.Done():
			return got, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Serve serves HTTP on all listeners and sends the first error that is not the
// server's own closing. It returns at once; the listeners are the server's now.
func Serve(srv *http.Server, all []net.Listener) <-chan error {
	failed := make(chan error, len(all))
	for _, l := range all {
		go func() {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serving HTTP on %s: %w", l.Addr(), err)
			}
		}()
	}
	return failed
}

// Until serves HTTP on all listeners until ctx ends, and returns nil then. The
// listeners are the server's; requests under way are cut off in the end.
func Until(ctx context.Context, srv *http.Server, all []net.Listener) error {
	failed := Serve(srv, all)
	select {
	case err := <-failed:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
		return srv.Close()
	}
}

// Close closes listeners that no server has taken over.
func Close(all []net.Listener) {
	for _, l := range all {
		_ = l.Close() // nothing was accepted: nothing to lose
	}
}
