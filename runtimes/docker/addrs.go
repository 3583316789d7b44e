package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/moby/moby/api/types/container"
)

// furnishCall asks a hub that runs in a node's network for more addresses: the
// node's main one, then those to be added.
const furnishCall = "furnish"

// giveAddrs gives a node the addresses beyond the main one of each family, which the
// engine cannot: a helper in its network does. A network that is made anew, when the
// container restarts by itself, is without them.
func (r *Runtime) giveAddrs(ctx context.Context, m *member) error {
	main := addressing(m.node.Addrs)
	for _, family := range []struct {
		main netip.Addr
		more []netip.Addr
	}{{main.IPv4Address, more(m.node.Addrs, netip.Addr.Is4)}, {main.IPv6Address, more(m.node.Addrs, netip.Addr.Is6)}} {
		if len(family.more) == 0 {
			continue
		}
		words := []string{furnishCall, family.main.String()}
		for _, a := range family.more {
			words = append(words, a.String())
		}
		if err := r.askIn(ctx, m, strings.Join(words, " ")); err != nil {
			return fmt.Errorf("giving %s more addresses: %w", m.node.Name, err)
		}
	}
	return nil
}

// more are the addresses of a family after the first.
func more(addrs []netip.Addr, of func(netip.Addr) bool) []netip.Addr {
	var all []netip.Addr
	for _, a := range addrs {
		if of(a) {
			all = append(all, a)
		}
	}
	return all[min(1, len(all)):]
}

// askIn has a hub in the network of a node do one thing, and ends it.
func (r *Runtime) askIn(ctx context.Context, m *member, what string) (err error) {
	h, err := r.runHelper(ctx, kindHelper, helperContainer{args: r.options.HubArgs, net: container.NetworkMode("container:" + m.id), caps: []string{"NET_ADMIN"}, of: m.node.Name})
	if err != nil {
		return err
	}
	b, err := openHub(h)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	c, err := b.call(ctx, what)
	if err != nil {
		return err
	}
	return c.Close()
}

// parseAddrs reads the words of a furnishCall.
func parseAddrs(words string) (main netip.Addr, more []netip.Addr, err error) {
	for i, w := range strings.Fields(words) {
		a, err := netip.ParseAddr(w)
		switch {
		case err != nil:
			return main, nil, err
		case i == 0:
			main = a
		default:
			more = append(more, a)
		}
	}
	return main, more, nil
}
