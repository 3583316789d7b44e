package docker_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// TestMain makes the test binary the hub, the nodes and the helpers.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == docker.HubCommand {
		if err := docker.Hub(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) == 4 && os.Args[1] == "own" {
		if err := own(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if code, ok := conformance.Main(os.Args[1:]); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// engine connects, or skips where no engine answers.
func engine(t testing.TB) *docker.Engine {
	t.Helper()
	e, err := docker.Connect(t.Context(), docker.Where{Host: os.Getenv("DOCKER_HOST")})
	if err != nil {
		if strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "docker") {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func open(t testing.TB) *docker.Runtime {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, err := docker.New(t.Context(), docker.Options{
		Engine: engine(t), Exe: exe, RunID: fmt.Sprintf("test-%d-%x", os.Getpid(), rand.Uint32()), LogDir: t.TempDir(),
	})
	if errors.Is(err, runtimes.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := (counted{r, t}).Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

// A counted system is not to blame for an engine that has lost count.
type counted struct {
	*docker.Runtime
	t testing.TB
}

func (c counted) Close() error {
	err := c.Runtime.Close()
	if hollow := (*docker.HollowError)(nil); errors.As(err, &hollow) {
		c.t.Log(hollow)
		return nil
	}
	return err
}

// node is the k-th node (from 1) of a region.
func node(r *docker.Runtime, name string, region, k byte) runtimes.Node {
	v4, v6 := r.Subnets()
	b4 := v4.Addr().As4()
	b4[2], b4[3] = region, k
	addrs := []netip.Addr{netip.AddrFrom4(b4)}
	if v6.IsValid() {
		b := v6.Addr().As16()
		b[13], b[15] = region, k
		addrs = append(addrs, netip.AddrFrom16(b))
	}
	// The engine waits at least 100 ms before it restarts a container.
	return conformance.Node(name, 60*time.Millisecond, addrs...)
}

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) (runtimes.Runtime, []runtimes.Node) {
		r := open(t)
		return counted{r, t}, []runtimes.Node{node(r, "b", 1, 2), node(r, "a", 1, 1)}
	})
}
