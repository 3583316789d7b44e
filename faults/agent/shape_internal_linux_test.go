package agent

import (
	"math"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Without sch_netem only what would be sent can be looked at: time in ticks of
// the packet scheduler (tc_core.c), and nothing else damaged.
func TestNetemAsSent(t *testing.T) {
	d := newNetem(Spec{Kind: Latency, Delay: 200 * time.Millisecond, Jitter: 20 * time.Millisecond})
	a := netlink.QdiscAttrs{LinkIndex: 7, Handle: handle, Parent: netlink.HANDLE_ROOT}
	q := d.(*qdisc).make(a, 1500).(*netlink.Netem)
	ticks := func(us float64) uint32 { return uint32(math.Round(us * netlink.TickInUsec())) }
	if q.Latency != ticks(200_000) || q.Jitter != ticks(20_000) {
		t.Errorf("latency %d, jitter %d ticks; want %d and %d", q.Latency, q.Jitter, ticks(200_000), ticks(20_000))
	}
	if q.Limit < 10_000 || q.Loss+q.Duplicate+q.CorruptProb+q.ReorderProb != 0 || *q.Attrs() != a {
		t.Errorf("%+v", q)
	}
}

func TestBurst(t *testing.T) {
	for _, tt := range []struct {
		rate uint64
		mtu  int
		want uint32
	}{
		{1_000, 1500, 3028},          // two packets
		{125_000, 1500, 3028},        // 1 Mbit/s
		{125_000_000, 1500, 1250000}, // 1 Gbit/s: what passes in 10 ms
		{1_000, 9000, 18028},         // jumbo packets must fit
		{1 << 60, 1500, 1 << 30},     // no overflow
	} {
		if got := burstOf(tt.rate, tt.mtu); got != tt.want {
			t.Errorf("%d bytes/s, MTU %d: %d, want %d", tt.rate, tt.mtu, got, tt.want)
		}
	}
}

func TestTableName(t *testing.T) {
	s := Spec{Run: "20261123T084115-region-blackhole-65f6", ID: "drop_1"}
	if got := s.table(); got != "drillctl_15_region_blackhole_65f6_drop_1" || len(got) >= unix.NFT_NAME_MAXLEN {
		t.Error(got)
	}
}

func TestDrawStaysWithinTheJitter(t *testing.T) {
	r := &relay{delay: 100 * time.Millisecond, jitter: 30 * time.Millisecond}
	low, high := time.Hour, time.Duration(0)
	for range 10_000 {
		d := r.draw()
		low, high = min(low, d), max(high, d)
	}
	if low < 70*time.Millisecond || high > 130*time.Millisecond || high-low < 50*time.Millisecond {
		t.Errorf("%v to %v", low, high)
	}
}
