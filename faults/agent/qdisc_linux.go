package agent

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"github.com/vishvananda/netlink"
)

// qdisc is damage by traffic control: one root qdisc on the interface that holds
// the instance's address, in place of the kernel's default. It acts on what the
// instance sends.
type qdisc struct {
	kind  string
	addrs []netip.Addr
	make  func(a netlink.QdiscAttrs, mtu int) netlink.Qdisc
	text  func(netlink.Qdisc, *Look)
	ready netlink.Qdisc // prepared by arm
}

// handle marks our qdisc: people take small numbers, and the kernel begins at
// 8001:.
var handle = netlink.MakeHandle(0xd411, 0)

// hasQdisc asks for a kind of qdisc without its options: a kernel that knows it
// says EINVAL, one that does not ENOENT, and nothing is changed.
func hasQdisc(kind string) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	q := &netlink.GenericQdisc{QdiscType: kind, QdiscAttrs: netlink.QdiscAttrs{LinkIndex: lo.Attrs().Index, Handle: handle, Parent: netlink.HANDLE_ROOT}}
	err = netlink.QdiscAdd(q)
	switch {
	case errors.Is(err, syscall.EINVAL):
		return nil
	case err == nil:
		return errors.Join(errors.New("it takes no options"), netlink.QdiscDel(q))
	case errors.Is(err, syscall.ENOENT):
		return fmt.Errorf("this kernel has no sch_%s: %w", kind, err)
	}
	return fmt.Errorf("%s: %w", kind, err)
}

// link is the interface that holds one of the addresses.
func (q *qdisc) link() (netlink.Link, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("list the interfaces: %w", err)
	}
	for _, l := range links {
		have, err := netlink.AddrList(l, netlink.FAMILY_ALL)
		if err != nil {
			return nil, fmt.Errorf("addresses of %s: %w", l.Attrs().Name, err)
		}
		for _, h := range have {
			if a, ok := netip.AddrFromSlice(h.IP); ok && slices.Contains(q.addrs, a.Unmap()) {
				return l, nil
			}
		}
	}
	return nil, fmt.Errorf("no interface holds %v", q.addrs)
}

func (q *qdisc) arm() error {
	if err := hasQdisc(q.kind); err != nil {
		return err
	}
	l, err := q.link()
	if err != nil {
		return err
	}
	list, err := netlink.QdiscList(l)
	if err != nil {
		return fmt.Errorf("queueing disciplines of %s: %w", l.Attrs().Name, err)
	}
	for _, x := range list {
		if x.Attrs().Parent == netlink.HANDLE_ROOT && x.Attrs().Handle != 0 {
			return fmt.Errorf("%s has a queueing discipline already: %s %s", l.Attrs().Name, x.Type(), netlink.HandleStr(x.Attrs().Handle))
		}
	}
	a := netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: handle, Parent: netlink.HANDLE_ROOT}
	q.ready = q.make(a, l.Attrs().MTU)
	return nil
}

func (q *qdisc) fire() error {
	if err := netlink.QdiscAdd(q.ready); err != nil {
		return fmt.Errorf("add %s: %w", q.kind, err)
	}
	return nil
}

func (q *qdisc) find() (netlink.Link, netlink.Qdisc, error) {
	l, err := q.link()
	if err != nil {
		return nil, nil, err
	}
	list, err := netlink.QdiscList(l)
	if err != nil {
		return nil, nil, fmt.Errorf("queueing disciplines of %s: %w", l.Attrs().Name, err)
	}
	for _, x := range list {
		if x.Attrs().Handle == handle && x.Type() == q.kind {
			return l, x, nil
		}
	}
	return l, nil, nil
}

func (q *qdisc) look() (Look, error) {
	l, x, err := q.find()
	if err != nil || x == nil {
		return Look{Text: "no queueing discipline of ours"}, err
	}
	out := Look{Active: true}
	if st := x.Attrs().Statistics; st != nil && st.Basic != nil && st.Queue != nil {
		out.Bytes, out.Seen, out.Hit = st.Basic.Bytes, uint64(st.Basic.Packets), uint64(st.Queue.Overlimits)
	}
	q.text(x, &out)
	out.Text += " on " + l.Attrs().Name
	return out, nil
}

// revert removes our qdisc, if it is there, from whatever interface now holds
// the address.
func (q *qdisc) revert() error {
	l, x, err := q.find()
	if err != nil || x == nil {
		return err
	}
	if err := netlink.QdiscDel(x); err != nil && !errors.Is(err, syscall.ENOENT) {
		return fmt.Errorf("remove %s from %s: %w", x.Type(), l.Attrs().Name, err)
	}
	return nil
}

func (q *qdisc) end() error { return q.revert() }
