package agent

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
)

// qdisc is damage by traffic control: one root qdisc on the interface that holds
// the instance's address, in place of the kernel's default. It acts on what the
// instance sends.
type qdisc struct {
	addrs []netip.Addr
	make  func(netlink.QdiscAttrs) netlink.Qdisc
	mine  func(netlink.Qdisc) bool
	text  func(netlink.Qdisc, *netlink.QdiscStatistics) string
}

// handle marks our qdisc; the kernel hands out others upwards from 8000:.
var handle = netlink.MakeHandle(0xd411, 0)

func newBucket(s Spec) (damage, error) {
	if s.Rate == 0 {
		return nil, errors.New("bandwidth: no rate")
	}
	// A burst must hold what the rate lets through between two ticks of the
	// kernel's clock, and one packet in any case (tc-tbf(8)).
	burst := max(uint32(s.Rate/100), 3000)
	return &qdisc{
		addrs: s.Addrs,
		make: func(a netlink.QdiscAttrs) netlink.Qdisc {
			return &netlink.Tbf{QdiscAttrs: a, Rate: s.Rate, Buffer: netlink.Xmittime(s.Rate, burst), Limit: burst + uint32(s.Rate/5)}
		},
		mine: func(q netlink.Qdisc) bool { return q.Type() == "tbf" },
		text: func(q netlink.Qdisc, st *netlink.QdiscStatistics) string {
			return fmt.Sprintf("token bucket of %d bytes/s in force%s", s.Rate, counted(st))
		},
	}, nil
}

func counted(st *netlink.QdiscStatistics) string {
	if st == nil || st.Basic == nil || st.Queue == nil {
		return ""
	}
	return fmt.Sprintf(", %d bytes sent, %d packets held back, %d dropped", st.Basic.Bytes, st.Queue.Overlimits, st.Queue.Drops)
}

func newNetem(s Spec) damage {
	return &qdisc{
		addrs: s.Addrs,
		make: func(a netlink.QdiscAttrs) netlink.Qdisc {
			return netlink.NewNetem(a, netlink.NetemQdiscAttrs{Latency: micros(s.Delay), Jitter: micros(s.Jitter), Limit: 100_000})
		},
		mine: func(q netlink.Qdisc) bool { return q.Type() == "netem" },
		text: func(netlink.Qdisc, *netlink.QdiscStatistics) string {
			return fmt.Sprintf("way: netem, %s ± %s on every packet sent", s.Delay, s.Jitter)
		},
	}
}

func micros(d time.Duration) uint32 { return uint32(d.Microseconds()) }

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
			a, ok := netip.AddrFromSlice(h.IP)
			for _, want := range q.addrs {
				if ok && a.Unmap() == want {
					return l, nil
				}
			}
		}
	}
	return nil, fmt.Errorf("no interface holds %v", q.addrs)
}

func (q *qdisc) attrs(l netlink.Link) netlink.QdiscAttrs {
	return netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: handle, Parent: netlink.HANDLE_ROOT}
}

// try puts the qdisc on the loopback interface of this namespace for an instant.
func (q *qdisc) try() error {
	if _, err := q.link(); err != nil {
		return err
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	x := q.make(q.attrs(lo))
	if err := netlink.QdiscAdd(x); err != nil {
		return fmt.Errorf("%s: %w", x.Type(), err)
	}
	return netlink.QdiscDel(x)
}

func (q *qdisc) fire() error {
	l, err := q.link()
	if err != nil {
		return err
	}
	x := q.make(q.attrs(l))
	if err := netlink.QdiscAdd(x); err != nil {
		if errors.Is(err, syscall.EEXIST) {
			return fmt.Errorf("%s has a queueing discipline of somebody else's already", l.Attrs().Name)
		}
		return fmt.Errorf("%s on %s: %w", x.Type(), l.Attrs().Name, err)
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
		if x.Attrs().Handle == handle && q.mine(x) {
			return l, x, nil
		}
	}
	return l, nil, nil
}

func (q *qdisc) look() (bool, string, error) {
	l, x, err := q.find()
	if err != nil || x == nil {
		return false, "no queueing discipline of ours", err
	}
	return true, q.text(x, x.Attrs().Statistics) + " on " + l.Attrs().Name, nil
}

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
