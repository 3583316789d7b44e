package agent_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/lab"
)

// 20 MB at 160 Mbit/s (20 MB/s) are a second; the bucket holds a few packets.
func TestBandwidth(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		free, _, err := get(t, peer, target, "/bytes", true)
		if err != nil {
			t.Fatal(err)
		}
		s := spec(target, agent.Bandwidth)
		s.Rate = lab.Bytes
		c := fired(t, target, s)
		for _, six := range []bool{false, true} {
			took, _, err := get(t, peer, target, "/bytes", six)
			if err != nil || took < 900*time.Millisecond || took > 1800*time.Millisecond {
				t.Errorf("IPv6 %t: %v (free: %v), %v", six, took, free, err)
			}
		}
		l, err := c.Look(t.Context())
		if err != nil || !l.Active || l.Hit == 0 || l.Bytes < lab.Bytes || !strings.Contains(l.Text, h(target)) {
			t.Errorf("%+v, %v", l, err)
		}
		t.Log(l.Text)
		revert(t, c)
		if took, _, err := get(t, peer, target, "/bytes", true); err != nil || took > 800*time.Millisecond {
			t.Errorf("after the revert: %v, %v", took, err)
		}
	})
}

func h(h *lab.Host) string { return h.Link }

// Somebody else's queueing discipline is not replaced, and not removed.
func TestBandwidthLeavesOthersAlone(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target := n.Host(t, "target")
		if err := target.Do(func() error {
			l, err := netlink.LinkByName(target.Link)
			if err != nil {
				return err
			}
			a := netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT}
			return netlink.QdiscAdd(&netlink.Tbf{QdiscAttrs: a, Rate: 1 << 30, Buffer: 1 << 20, Limit: 1 << 20})
		}); err != nil {
			t.Fatal(err)
		}
		before := state(t, target)
		c, err := agent.Start(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Arm(t.Context(), spec(target, agent.Bandwidth)); err == nil || !strings.Contains(err.Error(), "already") {
			t.Errorf("arm: %v", err)
		}
		if err := agent.Sweep(t.Context(), target, nil); err != nil {
			t.Fatal(err)
		}
		if err := same(before, state(t, target)); err != nil {
			t.Error(err)
		}
	})
}

func TestDoctor(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target := n.Host(t, "target")
		before := state(t, target)
		checks, err := agent.Doctor(t.Context(), target)
		if err != nil || len(checks) != 9 {
			t.Fatalf("%+v, %v", checks, err)
		}
		for _, c := range checks {
			t.Logf("%-40s %t %s", c.Name, c.OK, c.Text)
			if !c.OK {
				t.Errorf("%s: %s (%s)", c.Name, c.Text, c.Hint)
			}
		}
		if err := same(before, state(t, target)); err != nil {
			t.Error(err)
		}
	})
}
