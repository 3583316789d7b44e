package agent

import (
	"errors"
	"fmt"
	"time"

	"github.com/vishvananda/netlink"
)

// newBucket is a token bucket (tc-tbf(8)).
func newBucket(s Spec) (damage, error) {
	if s.Rate == 0 {
		return nil, errors.New("bandwidth: no rate")
	}
	var burst uint32
	return &qdisc{
		kind: "tbf", addrs: s.Addrs,
		make: func(a netlink.QdiscAttrs, mtu int) netlink.Qdisc {
			burst = burstOf(s.Rate, mtu)
			// What is above the rate waits for up to 200 ms, then is dropped.
			return &netlink.Tbf{QdiscAttrs: a, Rate: s.Rate, Buffer: netlink.Xmittime(s.Rate, burst), Limit: burst + uint32(min(s.Rate/5, 1<<30))}
		},
		text: func(x netlink.Qdisc, l *Look) {
			t := x.(*netlink.Tbf)
			l.Burst = uint64(burst) + uint64(t.Limit)
			l.Text = fmt.Sprintf("token bucket of %d bytes/s in force, %d bytes sent, packets held back %d times", t.Rate, l.Bytes, l.Hit)
		},
	}, nil
}

// burstOf holds what the rate lets through between two ticks of a slow kernel
// clock (10 ms), and two packets in any case.
func burstOf(rate uint64, mtu int) uint32 {
	return uint32(max(min(rate/100, 1<<30), 2*uint64(max(mtu, 1500)+14)))
}

// newNetem delays every packet (tc-netem(8)); within the jitter packets may
// overtake each other.
func newNetem(s Spec) damage {
	return &qdisc{
		kind: "netem", addrs: s.Addrs,
		make: func(a netlink.QdiscAttrs, _ int) netlink.Qdisc {
			return netlink.NewNetem(a, netlink.NetemQdiscAttrs{Latency: micros(s.Delay), Jitter: micros(s.Jitter), Limit: 100_000})
		},
		text: func(_ netlink.Qdisc, l *Look) {
			l.Hit, l.Late = l.Seen, s.Delay
			l.Text = fmt.Sprintf("way: netem, %s ± %s on every packet sent, %d packets delayed", s.Delay, s.Jitter, l.Seen)
		},
	}
}

func micros(d time.Duration) uint32 { return uint32(min(d.Microseconds(), 1<<32-1)) }

// rounded is a duration for people.
func rounded(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
