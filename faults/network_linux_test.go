package faults

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults/agent/lab"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

const port = 8080

func door(hs ...*lab.Host) []netip.AddrPort {
	var out []netip.AddrPort
	for _, h := range hs {
		out = append(out, netip.AddrPortFrom(h.V4, port), netip.AddrPortFrom(h.V6, port))
	}
	return out
}

// town is a network with a target, a peer and a third; peers says whether the
// damage is to be about the peer only.
func town(t *testing.T, n *lab.Net, peers bool) (target, peer, third *lab.Host, on []Target) {
	t.Helper()
	target, peer, third = n.Host(t, "target"), n.Host(t, "peer"), n.Host(t, "third")
	for _, h := range []*lab.Host{target, peer, third} {
		h.Serve(t, port)
		h.Serve(t, port+1)
	}
	tg := Target{Instance: target, Probe: door(peer, third), Senders: []runtimes.Instance{peer, third}}
	if peers {
		tg.Peers = []netip.Addr{peer.V4, peer.V6}
	}
	return target, peer, third, []Target{tg}
}

var networkFaults = []struct {
	name  string
	peers bool
	f     Fault
}{
	{"blackhole", false, &Blackhole{}},
	{"blackhole with reset", false, &Blackhole{Reset: true}},
	{"partition", true, &Partition{Direction: "both"}},
	{"partition in", true, &Partition{Direction: "in"}},
	{"partition out", true, &Partition{Direction: "out"}},
	{"partition of a port", true, &Partition{Direction: "both", Ports: []int{port}}},
	{"partition of another port", true, &Partition{Direction: "out", Ports: []int{port + 1, port + 2}}},
	{"reset", true, &Reset{Direction: "both"}},
	{"reset in", false, &Reset{Direction: "in"}},
	{"latency", false, &Latency{Delay: 100 * time.Millisecond, Jitter: 20 * time.Millisecond}},
	{"latency to peers", true, &Latency{Delay: 100 * time.Millisecond}},
	{"loss", true, &Loss{Share: 0.2, Direction: "both"}},
	{"loss out", false, &Loss{Share: 0.05, Direction: "out"}},
	{"bandwidth", false, &Bandwidth{Rate: 4_000_000}},
	{"http-fail", false, &HTTPFail{Paths: []string{"/healthz"}, Status: 503, Ports: []int{port}}},
	{"flood", false, &Flood{Kind: "requests", Rate: 100, Manner: "trickle", Path: "/healthz", Ports: []int{port}}},
	{"flood of slow clients", false, &Flood{Kind: "slow-clients", Rate: 100, Connections: 20, Manner: "trickle", Path: "/healthz", Ports: []int{port}}},
	{"flood of deaf clients", false, &Flood{Kind: "slow-clients", Rate: 100, Connections: 20, Manner: "deaf", Path: "/healthz", Ports: []int{port, port + 1}}},
	{"http-slow", false, &HTTPSlow{Paths: []string{"/health*"}, Delay: 200 * time.Millisecond, Ports: []int{port, port + 1}}},
}

// Every network fault: not proved before it is fired, proved then, and proved
// gone when it is taken back, twice.
func TestNetwork(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		_, _, _, with := town(t, n, true)
		without := []Target{{Instance: with[0].Instance, Probe: with[0].Probe, Senders: with[0].Senders}}
		for _, tt := range networkFaults {
			t.Run(tt.name, func(t *testing.T) {
				on := without
				if tt.peers {
					on = with
				}
				a, err := tt.f.Arm(t.Context(), on)
				if err != nil {
					t.Fatal(err)
				}
				defer a.Close()
				looks := 2 * max(1, len(on[0].Senders)*senders(tt.f))
				verify := func(want, ok bool) { t.Helper(); verifyAll(t, a, looks, want, ok) }
				verify(false, true)
				verify(true, false)
				before := mono.Now()
				at, err := a.Fire(t.Context())
				if err != nil || at["target"] < before || at["target"] > mono.Now() || len(at) != 1 {
					t.Fatalf("fire: %v, %v", at, err)
				}
				t.Logf("in force %v after the word", at["target"]-before)
				verify(true, true)
				verify(false, false)
				for range 2 {
					if _, err := a.Revert(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				verify(false, true)
				if err := a.Close(); err != nil {
					t.Error(err)
				}
				if err := tt.f.Undo(t.Context(), on[0].Instance); err != nil {
					t.Errorf("undo: %v", err)
				}
			})
		}
	})
}

// senders is 1 for damage that agents of others do.
func senders(f Fault) int {
	if _, sent := f.(*Flood); sent {
		return 1
	}
	return 0
}

// verify wants all evidence of one target to be OK, or some not to be.
func verify(t *testing.T, a Armed, want, ok bool) {
	t.Helper()
	verifyAll(t, a, 2, want, ok)
}

// verifyAll is verify for so many looks. Chance has three tries.
func verifyAll(t *testing.T, a Armed, looks int, want, ok bool) {
	t.Helper()
	var last string
	for range 3 {
		es, err := a.Verify(t.Context(), want)
		if err != nil || len(es) != looks {
			t.Fatalf("verify %t: %+v, %v", want, es, err)
		}
		last = ""
		all := true
		for _, e := range es {
			all = all && e.OK
			last += fmt.Sprintf("\n  %s: %s (%t)", e.How, e.Text, e.OK)
		}
		if all == ok {
			if want && ok {
				t.Log(last)
			}
			return
		}
	}
	t.Errorf("verify %t is not %t:%s", want, ok, last)
}

// Damage to the target's own ports is proved by what it does to real traffic.
func TestPortsAreProvedByTraffic(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _, on := town(t, n, false)
		for _, f := range []Fault{&Reset{Direction: "both", Ports: []int{port}}, &Latency{Delay: 50 * time.Millisecond, Ports: []int{port}}} {
			a, err := f.Arm(t.Context(), on)
			if err != nil {
				t.Fatal(err)
			}
			verify(t, a, false, true)
			if _, err := a.Fire(t.Context()); err != nil {
				t.Fatal(err)
			}
			verify(t, a, true, false) // nobody has come yet
			resp, err := peer.Client(2 * time.Second).Get("http://" + door(target)[0].String() + "/healthz")
			if err == nil {
				resp.Body.Close()
			}
			verify(t, a, true, true)
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// A cut that is too wide is not the one that was asked for.
func TestTooWideACutIsNotProved(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		_, _, third, on := town(t, n, true)
		a, err := (&Partition{Direction: "both"}).Arm(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		if _, err := a.Fire(t.Context()); err != nil {
			t.Fatal(err)
		}
		verify(t, a, true, true)
		third.Cut(t) // by nobody's fault: no table of ours explains it
		verify(t, a, true, false)
	})
}

// Overlapping damage on one target is proved for what can be seen, and the
// evidence says what hides the rest.
func TestOverlapIsExplained(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		_, _, _, on := town(t, n, true)
		part, err := (&Partition{Direction: "both"}).Arm(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}
		defer part.Close()
		hole, err := (&Blackhole{}).Arm(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}
		defer hole.Close()
		verify(t, part, false, true)
		verify(t, hole, false, true)
		for _, a := range []Armed{hole, part} {
			if _, err := a.Fire(t.Context()); err != nil {
				t.Fatal(err)
			}
			verify(t, a, true, true)
		}
		if _, err := part.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		verify(t, part, false, true)
		verify(t, hole, true, true)
		es, err := part.Verify(t.Context(), false)
		if err != nil || !strings.Contains(es[1].Text, "other damage is in force") {
			t.Errorf("%+v, %v", es, err)
		}
		if _, err := hole.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		verify(t, hole, false, true)
	})
}

// Ten targets are hit within a few milliseconds of each other. The bound is
// wide: this machine may be busy.
func TestSkew(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		witness := n.Host(t, "witness")
		witness.Serve(t, port)
		var on []Target
		for i := range 10 {
			on = append(on, Target{Instance: n.Host(t, fmt.Sprintf("target-%d", i)), Probe: door(witness)})
		}
		began := mono.Now()
		a, err := (&Blackhole{}).Arm(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		armed := mono.Now()
		at, err := a.Fire(t.Context())
		if err != nil || len(at) != len(on) {
			t.Fatal(at, err)
		}
		first, last := at["target-0"], at["target-0"]
		for _, s := range at {
			first, last = min(first, s), max(last, s)
		}
		t.Logf("armed in %v; fired: first after %v, last after %v, skew %v", armed-began, first-armed, last-armed, last-first)
		if last-armed > 250*time.Millisecond {
			t.Errorf("the last was hit after %v", last-armed)
		}
	})
}
