package agent_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/lab"
	"github.com/drillctl/drillctl/runtimes"
)

// killable is a host that keeps the first agent's process in hand.
type killable struct {
	*lab.Host
	first *lab.Process
}

func (k *killable) RunInNet(ctx context.Context, args []string) (runtimes.Process, error) {
	p, err := k.Start(ctx, args)
	if k.first == nil {
		k.first = p
	}
	return p, err
}

// Whatever ends an agent, its damage ends within a second: the lease, a signal,
// its time, and even SIGKILL.
func TestLease(t *testing.T) {
	ends := []struct {
		name string
		ttl  time.Duration
		end  func(k *killable) error
	}{
		{"end of stdin", 0, func(k *killable) error { return k.first.CloseWrite() }},
		{"SIGTERM", 0, func(k *killable) error { return k.first.Signal(syscall.SIGTERM) }},
		{"SIGKILL", 0, func(k *killable) error { return k.first.Signal(syscall.SIGKILL) }},
		{"time to live", 700 * time.Millisecond, func(*killable) error { return nil }},
	}
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		for _, e := range ends {
			for _, kind := range []string{agent.Drop, agent.Reset, agent.Loss, agent.Latency, agent.Bandwidth, agent.HTTP} {
				t.Run(e.name+" "+kind, func(t *testing.T) {
					before := state(t, target)
					k := &killable{Host: target}
					c, err := agent.Start(t.Context(), k)
					if err != nil {
						t.Fatal(err)
					}
					s := spec(target, kind)
					s.TTL = e.ttl
					if err := c.Arm(t.Context(), s); err != nil {
						t.Fatal(err)
					}
					if _, err := c.Fire(t.Context()); err != nil {
						t.Fatal(err)
					}
					if state(t, target) == before {
						t.Fatal("no damage to see")
					}
					// A probe that waits must not hold the lease up.
					go c.Probe(t.Context(), to(peer, 8081), agent.Ask{Answer: true}) //nolint:errcheck // it is to be cut off
					if err := e.end(k); err != nil {
						t.Fatal(err)
					}
					took := soon(t, 1700*time.Millisecond, func() error { return same(before, state(t, target)) })
					if limit := time.Second + e.ttl; took > limit {
						t.Errorf("gone after %v", took)
					}
					expect(t, peer, target, "open")
					if _, err := c.Revert(t.Context()); err != nil {
						t.Errorf("revert of a dead agent: %v", err)
					}
					if l, err := c.Look(t.Context()); err != nil || l.Active {
						t.Errorf("look: %+v, %v", l, err)
					}
					if p, err := c.Probe(t.Context(), to(peer, port), agent.Ask{}); err != nil || !p[0].Up {
						t.Errorf("probe by another agent: %+v, %v", p, err)
					}
					_ = c.Close() // its process may have ended badly
				})
			}
		}
	})
}

func same(want, got string) error {
	if want != got {
		return fmt.Errorf("not as before:\n%s\nbefore:\n%s", got, want)
	}
	return nil
}

// soon waits until ok returns nil.
func soon(t *testing.T, limit time.Duration, ok func() error) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		err := ok()
		if err == nil {
			return time.Since(began)
		}
		if time.Since(began) > limit {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Who stops waiting does not end the lease.
func TestCancelKeepsTheLease(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		c := fired(t, target, spec(target, agent.Drop))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := c.Probe(ctx, to(peer, port), agent.Ask{}); ctx.Err() == nil || err == nil {
			t.Fatalf("the probe ended: %v", err)
		}
		expect(t, peer, target, "silent")
		if at, err := c.Revert(t.Context()); err != nil || at == 0 {
			t.Errorf("revert: %v, %v", at, err)
		}
		expect(t, peer, target, "open")
	})
}

// Overlapping damage composes, and taking one back leaves the other. Other
// people's rules are as before, to the byte.
func TestOverlap(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, other := hosts(t, n)
		foreign(t, target)
		before := state(t, target)
		cut := spec(target, agent.Drop)
		cut.ID, cut.Peers = "cut", to4and6(peer)
		all := spec(target, agent.Drop)
		all.ID = "all"
		a, b := fired(t, target, cut), fired(t, target, all)
		late := spec(target, agent.Latency)
		late.Peers = to4and6(other)
		c := fired(t, target, late)
		expect(t, other, target, "silent")
		revert(t, b)
		expect(t, peer, target, "silent")
		expect(t, target, peer, "silent")
		if took, _, err := get(t, other, target, "/healthz", false); err != nil || took < 2*late.Delay {
			t.Errorf("the delay is lost: %v, %v", took, err)
		}
		revert(t, a)
		expect(t, peer, target, "open")
		if took, _, err := get(t, other, target, "/healthz", false); err != nil || took < 2*late.Delay {
			t.Errorf("the delay is lost: %v, %v", took, err)
		}
		revert(t, c)
		if err := same(before, state(t, target)); err != nil {
			t.Error(err)
		}
	})
}

// Sweep clears away what nobody owns, and only that.
func TestSweep(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		foreign(t, target)
		before := state(t, target)
		orphan(t, target)
		if err := agent.Sweep(t.Context(), target, nil); err != nil {
			t.Fatal(err)
		}
		if err := same(before, state(t, target)); err != nil {
			t.Error(err)
		}
		fired(t, target, spec(target, agent.Drop))
		if err := agent.Sweep(t.Context(), target, nil); err != nil {
			t.Fatal(err)
		}
		expect(t, peer, target, "silent") // its owner lives
	})
}

func revert(t *testing.T, c *agent.Client) {
	t.Helper()
	if _, err := c.Revert(t.Context()); err != nil {
		t.Fatal(err)
	}
}
