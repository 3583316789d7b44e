package agent_test

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/lab"
)

func TestDrop(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, other := hosts(t, n)
		c := armed(t, target, spec(target, agent.Drop))
		expect(t, peer, target, "open") // armed is not fired
		expect(t, target, peer, "open")
		if l, err := c.Look(t.Context()); err != nil || l.Active || !strings.Contains(l.Text, "is empty") {
			t.Errorf("armed: %+v, %v", l, err)
		}
		if _, err := c.Fire(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, peer, target, "silent")
		expect(t, target, peer, "silent")
		expect(t, target, target, "open") // over loopback
		expect(t, peer, other, "open")
		l, err := c.Look(t.Context())
		if err != nil || !l.Active || l.Hit < 4 {
			t.Errorf("fired: %+v, %v", l, err)
		}
		t.Log(l.Text)
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Revert(t.Context()); err != nil {
			t.Errorf("again: %v", err)
		}
		expect(t, peer, target, "open")
		expect(t, target, peer, "open")
	})
}

// A drop must hit connections that are open already, in both directions, and
// let them live on when it ends: that is what tells it from a reset.
func TestDropHitsOpenConnections(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		near, far := pair(t, peer, target)
		c := fired(t, target, spec(target, agent.Drop))
		if got := crosses(t, near, far); got != "silent" {
			t.Errorf("towards the target: %s", got)
		}
		if got := crosses(t, far, near); got != "silent" {
			t.Errorf("from the target: %s", got)
		}
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = near.SetReadDeadline(time.Now().Add(5 * time.Second)) // TCP sends it again
		if _, err := near.Read(make([]byte, 1)); err != nil {
			t.Errorf("after the revert: %v", err)
		}
	})
}

func TestDropWithResetEndsOpenConnections(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		near, far := pair(t, peer, target)
		s := spec(target, agent.Drop)
		s.Reset = true
		fired(t, target, s)
		for name, c := range map[string]io.Reader{"the peer": near, "the target": far} {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.ECONNABORTED) {
				t.Errorf("%s read: %v, want a reset", name, err)
			}
		}
		expect(t, peer, target, "silent")
	})
}

func TestPartition(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, other := hosts(t, n)
		s := spec(target, agent.Drop)
		s.Peers = []netip.Addr{peer.V4, peer.V6}
		c := fired(t, target, s)
		expect(t, target, peer, "silent")
		expect(t, peer, target, "silent")
		expect(t, target, other, "open")
		expect(t, other, target, "open")
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, target, peer, "open")
	})
}

// A partition of ports lets everything else of the same peer through.
func TestPartitionOfPorts(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, other := hosts(t, n)
		s := spec(target, agent.Drop)
		s.Peers, s.PeerPorts = []netip.Addr{peer.V4, peer.V6}, []int{port}
		c := fired(t, target, s)
		expect(t, target, peer, "silent")
		expect(t, peer, target, "open") // to the target's port, not the peer's
		expect(t, target, other, "open")
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, target, peer, "open")
	})
}

// One way means one way: datagrams to the target vanish, those from it arrive,
// and the other way round.
func TestOneWay(t *testing.T) {
	for _, dir := range []string{agent.In, agent.Out} {
		t.Run(dir, func(t *testing.T) { oneWay(t, dir) })
	}
}

func oneWay(t *testing.T, dir string) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		s := spec(target, agent.Drop)
		s.Direction, s.Peers = dir, []netip.Addr{peer.V4, peer.V6}
		fired(t, target, s)
		for _, six := range []bool{false, true} {
			if got := datagram(t, peer, target, six); got != (dir == agent.Out) {
				t.Errorf("%s, IPv6 %t: to the target arrives: %t", dir, six, got)
			}
			if got := datagram(t, target, peer, six); got != (dir == agent.In) {
				t.Errorf("%s, IPv6 %t: from the target arrives: %t", dir, six, got)
			}
		}
	})
}

func TestReset(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, other := hosts(t, n)
		near, far := pair(t, peer, target)
		s := spec(target, agent.Reset)
		s.Peers = []netip.Addr{peer.V4, peer.V6}
		c := fired(t, target, s)
		if got := crosses(t, near, far); got != "reset" {
			t.Errorf("open connection: %s", got)
		}
		expect(t, peer, target, "refused")
		expect(t, target, peer, "refused")
		expect(t, other, target, "open")
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, peer, target, "open")
	})
}

func TestResetOfPorts(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		target.Serve(t, 9090)
		s := spec(target, agent.Reset)
		s.Ports = []int{9090}
		fired(t, target, s)
		expect(t, peer, target, "open")
		for _, a := range []netip.Addr{target.V4, target.V6} {
			if got := says(t, peer, a, 9090); got != "refused" {
				t.Errorf("port 9090 of %s: %s", a, got)
			}
		}
	})
}

// A third of 600 connects: 200 ± 4 standard deviations are 154 to 246.
func TestLoss(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		s := spec(target, agent.Loss)
		s.Share, s.Direction = 1.0/3, agent.Out
		c := fired(t, target, s)
		var to []netip.AddrPort
		for range 300 {
			to = append(to, netip.AddrPortFrom(peer.V4, 9), netip.AddrPortFrom(peer.V6, 9)) // refused at once
		}
		probes, err := c.Probe(t.Context(), to, agent.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		lost := 0
		for _, p := range probes {
			if !p.Up {
				lost++
			}
		}
		l, err := c.Look(t.Context())
		if err != nil || lost < 154 || lost > 246 || l.Seen < 600 || l.Hit < uint64(lost) {
			t.Errorf("%d of %d lost; %+v, %v", lost, len(to), l, err)
		}
		t.Log(l.Text)
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, target, peer, "open")
	})
}
