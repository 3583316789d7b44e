package agent_test

import (
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/flood"
	"github.com/drillctl/drillctl/faults/agent/lab"
)

func floodSpec(from *lab.Host, kind string, to ...netip.AddrPort) agent.Spec {
	t := &flood.Traffic{Kind: kind, To: to, Rate: 200, Manner: flood.Trickle, Path: "/healthz"}
	if kind == flood.SlowClients {
		t.Connections = 10
	}
	return agent.Spec{Run: "test", ID: "flood", Kind: agent.Flood, Addrs: []netip.Addr{from.V4, from.V6}, Traffic: t}
}

// connections are those that a host has with a port of another, as its kernel says.
func connections(t *testing.T, from, to *lab.Host) int {
	t.Helper()
	n := 0
	if err := from.Do(func() (err error) { n, err = established(to.V4, to.V6, port); return err }); err != nil {
		t.Fatal(err)
	}
	return n
}

// Whatever ends the agent of a flood, nothing is sent a second later, and the
// kernel knows of no connection.
func TestFloodEndsWithItsLease(t *testing.T) {
	ends := []struct {
		name string
		ttl  time.Duration
		end  func(k *killable, c *agent.Client) error
	}{
		{"revert", 0, func(_ *killable, c *agent.Client) error { _, err := c.Revert(t.Context()); return err }},
		{"end of stdin", 0, func(k *killable, _ *agent.Client) error { return k.first.CloseWrite() }},
		{"SIGTERM", 0, func(k *killable, _ *agent.Client) error { return k.first.Signal(syscall.SIGTERM) }},
		{"SIGKILL", 0, func(k *killable, _ *agent.Client) error { return k.first.Signal(syscall.SIGKILL) }},
		{"time to live", 700 * time.Millisecond, func(*killable, *agent.Client) error { return nil }},
	}
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, sender, _ := hosts(t, n)
		for _, kind := range []string{flood.Requests, flood.SlowClients} {
			for _, e := range ends {
				t.Run(kind+" "+e.name, func(t *testing.T) {
					k := &killable{Host: sender}
					c, err := agent.Start(t.Context(), k)
					if err != nil {
						t.Fatal(err)
					}
					s := floodSpec(sender, kind, to(target, port)...)
					s.TTL = e.ttl
					if err := c.Arm(t.Context(), s); err != nil {
						t.Fatal(err)
					}
					if l, err := c.Look(t.Context()); err != nil || l.Active || l.Hit != 0 {
						t.Fatalf("armed: %+v, %v", l, err)
					}
					if _, err := c.Fire(t.Context()); err != nil {
						t.Fatal(err)
					}
					soon(t, 2*time.Second, func() error {
						l, err := c.Look(t.Context())
						if err == nil && (!l.Active || l.Hit < 10 || connections(t, sender, target) == 0) {
							t.Log(l.Text)
							return errNotYet
						}
						return err
					})
					if err := e.end(k, c); err != nil {
						t.Fatal(err)
					}
					took := soon(t, 2*time.Second, func() error {
						if connections(t, sender, target) > 0 {
							return errNotYet
						}
						return nil
					})
					if limit := time.Second + e.ttl; took > limit {
						t.Errorf("gone after %v", took)
					}
					if _, err := c.Revert(t.Context()); err != nil {
						t.Errorf("revert: %v", err)
					}
					if l, err := c.Look(t.Context()); err != nil || l.Active {
						t.Errorf("look: %+v, %v", l, err)
					}
					_ = c.Close() // its process may have ended badly
				})
			}
		}
	})
}

// An agent refuses what is out of bounds, whoever asks, and where nobody listens.
func TestFloodIsRefused(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, sender, _ := hosts(t, n)
		wild := floodSpec(sender, flood.Requests, to(target, port)...)
		wild.Traffic.Rate = 10 * flood.MaxRate
		for want, s := range map[string]agent.Spec{
			"a rate of":            wild,
			"nobody accepts":       floodSpec(sender, flood.Requests, to(target, 9)...),
			"nobody, or no addres": floodSpec(sender, flood.Requests),
		} {
			c, err := agent.Start(t.Context(), sender)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Arm(t.Context(), s); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}
