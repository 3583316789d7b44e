package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// A port is a system of containers.
type port struct {
	rt    *docker.Runtime
	nodes map[string]runtimes.Instance
}

// newPort starts containers that serve.
func newPort(t testing.TB, names ...string) *port {
	t.Helper()
	e, err := docker.Connect(t.Context(), docker.Where{Host: os.Getenv("DOCKER_HOST")})
	if err != nil {
		if strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "docker") {
			t.Fatal(err)
		}
		t.Skip("no container engine here: ", err)
	}
	t.Cleanup(func() { e.Close() })
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rt, err := docker.New(t.Context(), docker.Options{Engine: e, Exe: exe, RunID: fmt.Sprintf("faults-%d-%s", os.Getpid(), names[0]), LogDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
	})
	v4, v6 := rt.Subnets()
	var nodes []runtimes.Node
	for i, name := range names {
		b := v4.Addr().As4()
		b[2], b[3] = 1, byte(i+1)
		addrs := []netip.Addr{netip.AddrFrom4(b)}
		if v6.IsValid() {
			b := v6.Addr().As16()
			b[13], b[15] = 1, byte(i+1)
			addrs = append(addrs, netip.AddrFrom16(b))
		}
		nodes = append(nodes, conformance.Node(name, 60*time.Millisecond, addrs...))
	}
	if err := rt.Start(t.Context(), nodes); err != nil {
		t.Fatal(err)
	}
	p := &port{rt: rt, nodes: map[string]runtimes.Instance{}}
	all, err := rt.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range all {
		p.nodes[in.Node().Name] = in
	}
	return p
}

func (p *port) target(name string) faults.Target { return faults.Target{Instance: p.nodes[name]} }

// restart gives a container another main process.
func restart(t testing.TB, in runtimes.Instance) {
	t.Helper()
	s := in.(runtimes.Stopper)
	if _, err := s.Stop(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// journalled is a fault as the journal gives it back after a crash.
func journalled(t testing.TB, name string, f faults.Fault) faults.Fault {
	t.Helper()
	k, ok := faults.Lookup(name)
	data, err := json.Marshal(f)
	if err != nil || !ok {
		t.Fatal(name, err)
	}
	back := k.New()
	if err := json.Unmarshal(data, back); err != nil {
		t.Fatal(err)
	}
	return back
}

// Faults on containers, on one system: raising it takes most of the time.
func TestContainers(t *testing.T) {
	p := newPort(t, "a", "b", "c")
	for _, c := range []struct {
		name string
		test func(t *testing.T, p *port)
	}{
		{"limits", containerLimits}, {"limits that are none", limitsThatAreNone}, {"names", containerNames}, {"oom", containerOOM}, {"disk", containerDisk}, {"flood", containerFlood},
		{"every kind is tried", everyKindIsTried}, {"network", containerNetwork}, {"two at once", containerOverlap}, {"published port", containerPublished}, {"life and death", containerLife},
		{"agent killed", agentKilled}, {"restarted in the middle", restartedInTheMiddle}, {"removed in the middle", removedInTheMiddle},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, p) })
	}
}

// Traffic comes from the container that was chosen, and ends with its agent.
func containerFlood(t *testing.T, p *port) {
	for _, f := range []faults.Fault{
		&faults.Flood{Kind: "requests", Rate: 50, Manner: "trickle", Path: "/"},
		&faults.Flood{Kind: "slow-clients", Rate: 100, Connections: 10, Manner: "deaf", Path: "/"},
	} {
		on := p.target("a")
		on.Senders = []runtimes.Instance{p.nodes["b"]}
		a := arm(t, f, on)
		verify(t, a, false, true)
		verifyNow(t, a, true, false)
		fire(t, a)
		verify(t, a, true, true)
		verifyNow(t, a, false, false)
		killAgents(t, p.nodes["b"])
		told(t, a, "the agent is gone")
		revert(t, a)
		verify(t, a, false, true)
		_ = a.Close() // its agent was killed
	}
}

// The engine's own resolver, inside of the container, is met, too.
func containerNames(t *testing.T, p *port) {
	for _, f := range []faults.Fault{&faults.DNSFail{Answer: "nxdomain"}, &faults.DNSSlow{Delay: 400 * time.Millisecond}} {
		a := arm(t, f, p.target("a"))
		verify(t, a, false, true)
		verifyNow(t, a, true, false)
		fire(t, a)
		verify(t, a, true, true)
		verifyNow(t, a, false, false)
		revert(t, a)
		verify(t, a, false, true)
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The kernel ends the main process, the restart policy brings another, and the
// limit is what it was.
func containerOOM(t *testing.T, p *port) {
	in := p.nodes["a"]
	was, err := in.(runtimes.Limiter).Limit(t.Context(), runtimes.Memory)
	if err != nil {
		t.Fatal(err)
	}
	f := &faults.OOM{}
	a := arm(t, f, p.target("a"))
	verify(t, a, false, true)
	verifyNow(t, a, true, false)
	fire(t, a)
	verify(t, a, true, true)
	if err := journalled(t, "oom", f).Undo(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	verify(t, a, false, true)
	if is, err := in.(runtimes.Limiter).Limit(t.Context(), runtimes.Memory); err != nil || is.Amount != was.Amount {
		t.Errorf("limit %+v, was %+v (%v)", is, was, err)
	}
}

// The damage of an agent that is killed through the engine is gone within a second,
// and that is told.
func agentKilled(t *testing.T, p *port) {
	a := cutOff(t, p)
	door := netip.AddrPortFrom(p.nodes["b"].Node().Addrs[0], 8080)
	dial := p.nodes["a"].(runtimes.Dialer)
	killAgents(t, p.nodes["b"])
	for end := time.Now().Add(time.Second); ; {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		c, err := dial.DialContext(ctx, "tcp", door.String())
		cancel()
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatalf("a second after the agent's death: %v", err)
		}
	}
	told(t, a, "the agent is gone")
	revert(t, a)
	verify(t, a, false, true)
}

// A container that restarts has a network anew, without the damage: that is told,
// and nothing is left.
func restartedInTheMiddle(t *testing.T, p *port) {
	a := cutOff(t, p)
	restart(t, p.nodes["b"])
	told(t, a, "the target has restarted meanwhile")
	revert(t, a)
	verify(t, a, false, true)
}

// A container that is removed takes its damage with it, of whatever kind.
func removedInTheMiddle(t *testing.T, p *port) {
	a := cutOff(t, p)
	limits := &faults.MemoryLimit{Memory: 64 << 20}
	b := arm(t, limits, p.target("b"))
	fire(t, b)
	cli, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	if _, err := cli.ContainerRemove(t.Context(), p.nodes["b"].Ref().ID, client.ContainerRemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []faults.Armed{a, b} {
		told(t, x, "no more")
	}
	revert(t, a)
	if err := limits.Undo(t.Context(), p.nodes["b"]); !errors.Is(err, runtimes.ErrGone) {
		t.Errorf("undo: %v, want that it is gone", err)
	}
	verify(t, a, false, true)
	verify(t, b, false, true)
}

// cutOff has a blackhole in force on b.
func cutOff(t *testing.T, p *port) faults.Armed {
	t.Helper()
	on := p.target("b")
	on.Probe = []netip.AddrPort{netip.AddrPortFrom(p.nodes["a"].Node().Addrs[0], 8080)}
	a := arm(t, &faults.Blackhole{}, on)
	verify(t, a, false, true)
	fire(t, a)
	verify(t, a, true, true)
	return a
}

// told wants the damage not to be proved any more, in these words. The engine may
// take a moment to tell of it.
func told(t *testing.T, a faults.Armed, want string) {
	t.Helper()
	var found []faults.Evidence
	var err error
	for range 30 {
		if found, err = a.Verify(t.Context(), true); err != nil {
			t.Fatalf("a tool error in place of a finding: %v", err)
		}
		for _, e := range found {
			if !e.OK && strings.Contains(e.Text, want) {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%+v, want %q", found, want)
}

// Less of a resource: absent, in force also after a restart, and as before when
// what the journal holds takes it back.
func containerLimits(t *testing.T, p *port) {
	in := p.nodes["a"]
	for name, f := range map[string]faults.Fault{
		"cpu-throttle": &faults.CPUThrottle{CPUs: 0.2},
		"memory-limit": &faults.MemoryLimit{Memory: 64 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			a := arm(t, f, p.target("a"))
			verify(t, a, false, true)
			verifyNow(t, a, true, false) // armed is not in force
			fire(t, a)
			verify(t, a, true, true)
			verifyNow(t, a, false, false)
			restart(t, in)
			verify(t, a, true, true)
			back := journalled(t, name, f)
			for range 2 {
				if err := back.Undo(t.Context(), in); err != nil {
					t.Fatal(err)
				}
			}
			verify(t, a, false, true)
		})
	}
}

// verifyNow is verify without patience.
func verifyNow(t testing.TB, a faults.Armed, inForce, ok bool) {
	t.Helper()
	found, err := a.Verify(t.Context(), inForce)
	all := err == nil && len(found) > 0
	for _, e := range found {
		all = all && e.OK
	}
	if all != ok {
		t.Errorf("in force %v: proved %v, want %v: %+v (%v)", inForce, all, ok, found, err)
	}
}

// What is no limit, or would kill at once, is refused before anything is touched.
func limitsThatAreNone(t *testing.T, p *port) {
	for want, f := range map[string]faults.Fault{
		"is no limit":             &faults.CPUThrottle{CPUs: 4000},
		"would end it at once":    &faults.MemoryLimit{Memory: 1 << 10},
		"its runtime cannot limi": &faults.CPUThrottle{CPUs: 0.1},
	} {
		on := p.target("a")
		if strings.HasPrefix(want, "its runtime") {
			on.Instance = stone{on.Instance}
		}
		if _, err := f.Arm(t.Context(), []faults.Target{on}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", f, err, want)
		}
	}
}

// A stone is an instance that allows nothing.
type stone struct{ runtimes.Instance }

// BenchmarkFireContainers is BenchmarkFire on containers.
func BenchmarkFireContainers(b *testing.B) {
	for _, n := range []int{10, 30} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			names := []string{"probe"}
			for i := range n {
				names = append(names, fmt.Sprintf("node-%02d", i))
			}
			p := newPort(b, names...)
			door := netip.AddrPortFrom(p.nodes["probe"].Node().Addrs[0], 8080)
			var targets []faults.Target
			for _, name := range names[1:] {
				targets = append(targets, faults.Target{Instance: p.nodes[name], Probe: []netip.AddrPort{door}})
			}
			fireMany(b, targets)
		})
	}
}
