package agent_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/lab"
)

// TestMain lets the test binary be an agent.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "agent" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		err := agent.Serve(ctx, os.Stdin, os.Stdout)
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, "agent:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// port is where every host of the tests serves.
const port = 8080

// hosts are a target and two peers, all serving.
func hosts(t *testing.T, n *lab.Net) (target, peer, other *lab.Host) {
	t.Helper()
	all := []*lab.Host{n.Host(t, "target"), n.Host(t, "peer"), n.Host(t, "other")}
	for _, h := range all {
		h.Serve(t, port)
	}
	return all[0], all[1], all[2]
}

func spec(h *lab.Host, kind string) agent.Spec {
	if kind == agent.HTTP {
		return agent.Spec{Run: "test", ID: kind, Kind: kind, Addrs: []netip.Addr{h.V4, h.V6}, Delay: 200 * time.Millisecond, Paths: []string{"/*"}, Ports: []int{port}}
	}
	return agent.Spec{Run: "test", ID: kind, Kind: kind, Addrs: []netip.Addr{h.V4, h.V6}, Direction: agent.Both, Share: 0.4, Rate: 125_000, Delay: 200 * time.Millisecond}
}

func armed(t *testing.T, h *lab.Host, s agent.Spec) *agent.Client {
	t.Helper()
	c, err := agent.Start(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Arm(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return c
}

func fired(t *testing.T, h *lab.Host, s agent.Spec) *agent.Client {
	t.Helper()
	c := armed(t, h, s)
	if _, err := c.Fire(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// says connects from one host to an address and says "open", "refused" or
// "silent" (after 250 ms).
func says(t *testing.T, from *lab.Host, to netip.Addr, port uint16) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
	defer cancel()
	c, err := from.DialContext(ctx, "tcp", netip.AddrPortFrom(to, port).String())
	switch {
	case err == nil:
		c.Close()
		return "open"
	case errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil:
		return "silent"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	}
	return err.Error()
}

// expect checks both families.
func expect(t *testing.T, from, to *lab.Host, want string) {
	t.Helper()
	for _, a := range []netip.Addr{to.V4, to.V6} {
		if got := says(t, from, a, port); got != want {
			t.Errorf("%s to %s (%s): %s, want %s", from.Name, to.Name, a, got, want)
		}
	}
}
