package agent_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/lab"
)

func fetch(ctx context.Context, c *http.Client, url string) (time.Duration, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	resp, err := c.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	return time.Since(began), int(n), err
}

// Both directions and both families: connections to the target and from it are
// late by twice the delay when new (handshake and data), by once when kept.
func TestLatency(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, other := hosts(t, n)
		s := spec(target, agent.Latency)
		s.Peers = []netip.Addr{peer.V4, peer.V6} // so that it is the relay, whatever the kernel has
		c := fired(t, target, s)
		for _, six := range []bool{false, true} {
			for _, way := range [][2]*lab.Host{{peer, target}, {target, peer}} {
				took, _, err := get(t, way[0], way[1], "/healthz", six)
				if err != nil || took < 2*s.Delay || took > 2*s.Delay+150*time.Millisecond {
					t.Errorf("%s to %s, IPv6 %t: %v, %v", way[0].Name, way[1].Name, six, took, err)
				}
			}
			if took, _, err := get(t, other, target, "/healthz", six); err != nil || took > s.Delay {
				t.Errorf("another: %v, %v", took, err)
			}
		}
		l, err := c.Look(t.Context())
		if err != nil || !l.Active || l.Hit < 4 || l.Late < s.Delay || l.Late > s.Delay+50*time.Millisecond || !strings.HasPrefix(l.Text, "way: relay") {
			t.Errorf("%+v, %v", l, err)
		}
		t.Log(l.Text)
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took, _, err := get(t, peer, target, "/healthz", true); err != nil || took > s.Delay/2 {
			t.Errorf("after the revert: %v, %v", took, err)
		}
	})
}

// A delay for everybody takes netem where the kernel has it and the relay elsewhere,
// as doctor says; either way it is as late, for both families and both ways, and
// ends without a trace.
func TestLatencyForEverybody(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		every := func(do func(from, to *lab.Host, six bool)) {
			for _, six := range []bool{false, true} {
				do(peer, target, six)
				do(target, peer, six)
			}
		}
		every(func(from, to *lab.Host, six bool) { // so that they know each other: netem delays that, too
			if _, _, err := get(t, from, to, "/healthz", six); err != nil {
				t.Fatal(err)
			}
		})
		way, before := wayOf(t, target), state(t, target)
		s := spec(target, agent.Latency)
		c := fired(t, target, s)
		every(func(from, to *lab.Host, six bool) {
			took, _, err := get(t, from, to, "/healthz", six)
			if err != nil || took < 2*s.Delay || took > 2*s.Delay+150*time.Millisecond {
				t.Errorf("%s to %s, IPv6 %t: %v, %v", from.Name, to.Name, six, took, err)
			}
		})
		l, err := c.Look(t.Context())
		if err != nil || !l.Active || l.Hit < 4 || !strings.HasPrefix(l.Text, way) {
			t.Errorf("%+v, %v; doctor: %s", l, err, way)
		}
		t.Log(l.Text)
		revert(t, c)
		if err := same(before, state(t, target)); err != nil {
			t.Error(err)
		}
		if took, _, err := get(t, peer, target, "/healthz", true); err != nil || took > s.Delay/2 {
			t.Errorf("after the revert: %v, %v", took, err)
		}
	})
}

// wayOf is what doctor says of latency: "way: netem" or "way: relay".
func wayOf(t *testing.T, h *lab.Host) string {
	t.Helper()
	checks, err := agent.Doctor(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if way, _, _ := strings.Cut(c.Text, " ("); c.Name == "latency" {
			return way
		}
	}
	t.Fatal("doctor says nothing of latency")
	return ""
}

// Connections that were open before are reset when it begins and when it ends,
// so that no traffic is left that the delay does not meet.
func TestLatencyMovesOpenConnections(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, other := hosts(t, n)
		inward, inFar := pair(t, peer, target)
		outward, outFar := pair(t, target, peer)
		free, freeFar := pair(t, other, target)
		s := spec(target, agent.Latency)
		s.Peers = []netip.Addr{peer.V4, peer.V6}
		c := fired(t, target, s)
		if a, b := crosses(t, inward, inFar), crosses(t, outward, outFar); a != "reset" || b != "reset" {
			t.Errorf("open before: in %s, out %s", a, b)
		}
		if got := crosses(t, free, freeFar); got != "arrives" {
			t.Errorf("of no concern: %s", got)
		}
		client := peer.Client(5 * time.Second)
		url := "http://" + netip.AddrPortFrom(target.V4, port).String() + "/healthz"
		if _, _, err := fetch(t.Context(), client, url); err != nil {
			t.Fatal(err)
		}
		if took, _, err := fetch(t.Context(), client, url); err != nil || took < s.Delay || took > s.Delay+100*time.Millisecond {
			t.Errorf("on a kept connection: %v, %v", took, err)
		}
		if _, err := c.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took, _, err := fetch(t.Context(), client, url); err != nil || took > s.Delay/2 { // the client connects anew
			t.Errorf("after the revert: %v, %v", took, err)
		}
	})
}

// The relay holds back without slowing down: 20 MB in little more than the delay.
func TestLatencyKeepsThroughput(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		s := spec(target, agent.Latency)
		s.Peers, s.Jitter = []netip.Addr{peer.V4, peer.V6}, 50*time.Millisecond
		fired(t, target, s)
		took, got, err := get(t, peer, target, "/bytes", false)
		if err != nil || got != lab.Bytes || took < 2*(s.Delay-s.Jitter) || took > 2*(s.Delay+s.Jitter)+time.Second {
			t.Errorf("%d bytes in %v, %v", got, took, err)
		}
		t.Logf("%d bytes in %v", got, took)
	})
}

// Only the port's traffic is late; and who connects to the relay itself is not
// sent round in circles.
func TestLatencyOfPorts(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		target.Serve(t, 9090)
		s := spec(target, agent.Latency)
		s.Ports = []int{9090}
		fired(t, target, s)
		if took, _, err := get(t, peer, target, "/healthz", false); err != nil || took > s.Delay {
			t.Errorf("another port: %v, %v", took, err)
		}
		if took, _, err := get(t, target, peer, "/healthz", false); err != nil || took > s.Delay {
			t.Errorf("outwards: %v, %v", took, err)
		}
		url := fmt.Sprintf("http://%s/healthz", netip.AddrPortFrom(target.V6, 9090))
		if took, _, err := fetch(t.Context(), peer.Client(5*time.Second), url); err != nil || took < 2*s.Delay {
			t.Errorf("the port: %v, %v", took, err)
		}
	})
}

// A refusal stays a refusal, if a late one.
func TestLatencyPassesRefusals(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		s := spec(target, agent.Latency)
		s.Peers = []netip.Addr{peer.V4, peer.V6}
		c := fired(t, target, s)
		to := []netip.AddrPort{netip.AddrPortFrom(peer.V4, 9), netip.AddrPortFrom(peer.V6, 9)}
		probes, err := c.Probe(t.Context(), to, agent.Ask{Answer: true, Detour: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range probes {
			if p.First < s.Delay || p.First > s.Delay+150*time.Millisecond {
				t.Errorf("%+v", p)
			}
		}
		if probes, err = c.Probe(t.Context(), to, agent.Ask{}); err != nil || probes[0].Said != "refused" || probes[0].Took > s.Delay {
			t.Errorf("past the relay: %+v, %v", probes, err)
		}
	})
}
