package faults_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
)

// The test binary is the host of the process runtime, its nodes, and the agent.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		var err error
		switch os.Args[1] {
		case process.HostCommand:
			err = process.Host(context.Background(), os.NewFile(3, "control"))
		case "agent":
			err = agent.Serve(context.Background(), os.Stdin, os.Stdout)
		case docker.HubCommand:
			err = docker.Hub(context.Background(), os.Stdin, os.Stdout)
		case faults.StrainCommand:
			err = faults.Strain(os.Args[2:])
		default:
			if code, ok := conformance.Main(os.Args[1:]); ok {
				os.Exit(code)
			}
			os.Exit(m.Run())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A site is three nodes with IPv4 and IPv6 on a network of their own.
type site struct {
	rt    *process.Runtime
	nodes map[string]runtimes.Instance
}

func newSite(t testing.TB, names ...string) *site {
	t.Helper()
	rt, err := process.New(context.Background(), process.Options{RunID: "faults-test", LogDir: t.TempDir()})
	if err != nil {
		if strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "netns") {
			t.Fatal(err)
		}
		t.Skip("no namespaces here: ", err)
	}
	t.Cleanup(func() { rt.Close() })
	var nodes []runtimes.Node
	for i, name := range names {
		nodes = append(nodes, conformance.Node(name, 100*time.Millisecond,
			netip.MustParseAddr(fmt.Sprintf("10.77.1.%d", i+1)), netip.MustParseAddr(fmt.Sprintf("fd77::1:%x", i+1))))
	}
	if err := rt.Start(context.Background(), nodes); err != nil {
		t.Fatal(err)
	}
	all, err := rt.Instances(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{rt: rt, nodes: map[string]runtimes.Instance{}}
	for _, in := range all {
		s.nodes[in.Node().Name] = in
	}
	return s
}

// doors are where a node answers, on IPv4 and IPv6.
func (s *site) doors(name string) []netip.AddrPort {
	n := s.nodes[name].Node()
	host := strings.TrimSuffix(strings.TrimPrefix(n.Ready, "http://"), "/healthz")
	port := netip.MustParseAddrPort(host).Port()
	var out []netip.AddrPort
	for _, a := range n.Addrs {
		out = append(out, netip.AddrPortFrom(a, port))
	}
	return out
}

func (s *site) target(on string, peers ...string) faults.Target {
	t := faults.Target{Instance: s.nodes[on], Power: s.rt}
	for name := range s.nodes {
		if name != on {
			t.Probe = append(t.Probe, s.doors(name)...)
		}
	}
	for _, p := range peers {
		t.Peers = append(t.Peers, s.nodes[p].Node().Addrs...)
	}
	return t
}

// ask sends a request from one node to another and says how it went and how
// long it took to the first byte: "answered", "refused", "silent" or "cut".
func (s *site) ask(t testing.TB, from string, to netip.AddrPort) (string, time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	began := time.Now()
	c, err := s.nodes[from].(runtimes.Dialer).DialContext(ctx, "tcp", to.String())
	if err != nil {
		if strings.Contains(err.Error(), "refused") {
			return "refused", time.Since(began)
		}
		return "silent", time.Since(began)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.0\r\n\r\n"); err != nil {
		return "cut", time.Since(began)
	}
	if n, _ := c.Read(make([]byte, 1)); n == 0 {
		return "cut", time.Since(began)
	}
	return "answered", time.Since(began)
}

// expect asks between two nodes on both families.
func (s *site) expect(t testing.TB, from, to string, want ...string) {
	t.Helper()
	for _, door := range s.doors(to) {
		if got, _ := s.ask(t, from, door); !strings.Contains(strings.Join(want, " "), got) {
			t.Errorf("%s asks %s: %s, want %v", from, door, got, want)
		}
	}
}

// verify asks until the fault is proved (or not) as wanted, as the engine does: a
// runtime may need a moment to see what became of a process.
func verify(t testing.TB, a faults.Armed, inForce, ok bool) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Second)
	for {
		found, err := a.Verify(t.Context(), inForce)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Fatal("no evidence")
		}
		all := true
		for _, e := range found {
			all = all && e.OK
			if e.Text == "" || e.How == "" || e.Instance == "" {
				t.Errorf("evidence says nothing: %+v", e)
			}
		}
		if all == ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("in force %v: proved %v, want %v: %+v", inForce, all, ok, found)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func arm(t testing.TB, f faults.Fault, on ...faults.Target) faults.Armed {
	t.Helper()
	a, err := f.Arm(t.Context(), on)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func fire(t testing.TB, a faults.Armed) {
	t.Helper()
	at, err := a.Fire(t.Context())
	if err != nil || len(at) == 0 {
		t.Fatalf("fire: %v (%v)", at, err)
	}
}

func revert(t testing.TB, a faults.Armed) {
	t.Helper()
	if _, err := a.Revert(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Every network fault, with real packets: absent, in force, gone, and never
// proved to be what it is not.
func TestNetworkFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault faults.Fault
		peers []string
		look  func(t *testing.T, s *site)
	}{
		{"blackhole", &faults.Blackhole{}, nil, func(t *testing.T, s *site) {
			s.expect(t, "b", "a", "silent")
			s.expect(t, "a", "b", "silent")
			s.expect(t, "b", "c", "answered")
		}},
		{"partition", &faults.Partition{Direction: agent.Both}, []string{"b"}, func(t *testing.T, s *site) {
			s.expect(t, "b", "a", "silent")
			s.expect(t, "a", "b", "silent")
			s.expect(t, "c", "a", "answered")
			s.expect(t, "a", "c", "answered")
		}},
		{"partition in", &faults.Partition{Direction: agent.In}, []string{"b"}, func(t *testing.T, s *site) {
			s.expect(t, "b", "a", "silent")
			s.expect(t, "c", "a", "answered")
		}},
		{"partition out", &faults.Partition{Direction: agent.Out}, []string{"b"}, func(t *testing.T, s *site) {
			s.expect(t, "b", "a", "silent")
			s.expect(t, "c", "a", "answered")
		}},
		{"reset", &faults.Reset{Direction: agent.Both}, nil, func(t *testing.T, s *site) {
			s.expect(t, "b", "a", "refused")
			s.expect(t, "a", "b", "refused")
			s.expect(t, "b", "c", "answered")
		}},
		{"reset of peers", &faults.Reset{Direction: agent.Both}, []string{"b"}, func(t *testing.T, s *site) {
			s.expect(t, "b", "a", "refused")
			s.expect(t, "c", "a", "answered")
		}},
		{"latency", &faults.Latency{Delay: 200 * time.Millisecond, Jitter: 20 * time.Millisecond}, nil, func(t *testing.T, s *site) {
			for from, to := range map[string]string{"b": "a", "a": "b"} {
				for _, door := range s.doors(to) {
					if got, took := s.ask(t, from, door); got != "answered" || took < 180*time.Millisecond || took > 900*time.Millisecond {
						t.Errorf("%s asks %s: %s after %s", from, door, got, took)
					}
				}
			}
			if got, took := s.ask(t, "b", s.doors("c")[0]); got != "answered" || took > 150*time.Millisecond {
				t.Errorf("others are late, too: %s after %s", got, took)
			}
		}},
		{"loss of all", &faults.Loss{Share: 1, Direction: agent.Both}, nil, func(t *testing.T, s *site) {
			s.expect(t, "b", "a", "silent")
		}},
		{"bandwidth", &faults.Bandwidth{Rate: 800_000}, nil, func(t *testing.T, s *site) {
			s.expect(t, "b", "a", "answered")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, "a", "b", "c")
			s.expect(t, "b", "a", "answered")
			a := arm(t, tt.fault, s.target("a", tt.peers...))
			verify(t, a, false, true)
			verify(t, a, true, false) // armed is not in force
			fire(t, a)
			verify(t, a, true, true)
			tt.look(t, s)
			if tt.name != "loss of all" { // its counters were read already
				verify(t, a, false, false) // in force is not gone
			}
			revert(t, a)
			revert(t, a) // safe to repeat
			verify(t, a, false, true)
			s.expect(t, "b", "a", "answered")
			s.expect(t, "a", "b", "answered")
		})
	}
}

// An established connection is cut, too: there is no state that lets it through.
func TestBlackholeCutsWhatIsEstablished(t *testing.T) {
	s := newSite(t, "a", "b")
	c, err := s.nodes["b"].(runtimes.Dialer).DialContext(t.Context(), "tcp", s.doors("a")[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a := arm(t, &faults.Blackhole{}, s.target("a"))
	fire(t, a)
	if err := c.SetDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); n > 0 {
		t.Errorf("an answer came through (%v)", err)
	}
}

// Two faults on one target stand side by side: lifting one leaves the other.
func TestOverlappingFaults(t *testing.T) {
	s := newSite(t, "a", "b", "c")
	one := arm(t, &faults.Partition{Direction: agent.Both}, s.target("a", "b"))
	two := arm(t, &faults.Partition{Direction: agent.Both}, s.target("a", "c"))
	fire(t, one)
	fire(t, two)
	s.expect(t, "b", "a", "silent")
	s.expect(t, "c", "a", "silent")
	revert(t, one)
	s.expect(t, "b", "a", "answered")
	s.expect(t, "c", "a", "silent")
	revert(t, two)
	s.expect(t, "c", "a", "answered")
}

// The damage ends with its lease.
func TestDamageEndsWithTheLease(t *testing.T) {
	for name, f := range map[string]faults.Fault{"blackhole": &faults.Blackhole{}, "latency": &faults.Latency{Delay: 300 * time.Millisecond}, "bandwidth": &faults.Bandwidth{Rate: 80_000}} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, "a", "b")
			a, err := f.Arm(t.Context(), []faults.Target{s.target("a")})
			if err != nil {
				t.Fatal(err)
			}
			fire(t, a)
			began := time.Now()
			if err := a.Close(); err != nil {
				t.Error(err)
			}
			got, took := s.ask(t, "b", s.doors("a")[0])
			if got != "answered" || took > 200*time.Millisecond || time.Since(began) > 2*time.Second {
				t.Errorf("after the lease: %s in %s, %s since its end", got, took, time.Since(began))
			}
		})
	}
}

// The relay passes much data on, whole and without limiting it to a crawl.
func TestLatencyKeepsThroughput(t *testing.T) {
	s := newSite(t, "a", "b")
	a := arm(t, &faults.Latency{Delay: 100 * time.Millisecond}, s.target("a"))
	fire(t, a)
	c, err := s.nodes["b"].(runtimes.Dialer).DialContext(t.Context(), "tcp", s.doors("a")[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	const n = 200
	began := time.Now()
	go func() { // pipelined: all of them on their way at once
		for range n {
			if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
				return
			}
		}
		c.(interface{ CloseWrite() error }).CloseWrite()
	}()
	all, err := io.ReadAll(c)
	if got := strings.Count(string(all), "HTTP/1.1 200"); err != nil || got != n {
		t.Errorf("%d of %d answers (%v)", got, n, err)
	}
	if took := time.Since(began); took < 90*time.Millisecond || took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	var _ net.Conn = c
}

// Every fault of life and death, through the acts of a real runtime.
func TestLifecycleFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault faults.Fault
		down  string // what a caller sees meanwhile
		once  bool   // heals by itself
	}{
		{"kill", &faults.Kill{}, "refused", false},
		{"stop", &faults.Stop{Grace: time.Second}, "refused", false},
		{"pause", &faults.Pause{}, "cut", false},
		{"power-loss", &faults.PowerLoss{}, "refused", false},
		{"crash", &faults.Crash{Signal: "kill"}, "", true},
		{"restart", &faults.Restart{Grace: time.Second}, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "a", "b")
			in := s.nodes["a"]
			if err := tt.fault.Undo(t.Context(), in); err != nil {
				t.Errorf("undo of what never was: %v", err)
			}
			a := arm(t, tt.fault, s.target("a"))
			verify(t, a, false, true)
			fire(t, a)
			verify(t, a, true, true)
			if tt.down != "" {
				s.expect(t, "b", "a", tt.down)
				verify(t, a, false, false)
			}
			for range 2 { // safe to repeat
				if err := tt.fault.Undo(t.Context(), in); err != nil {
					t.Fatal(err)
				}
			}
			deadline := time.Now().Add(5 * time.Second)
			for {
				found, err := a.Verify(t.Context(), false)
				ok := err == nil
				for _, e := range found {
					ok = ok && e.OK
				}
				if ok {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("not gone: %+v (%v)", found, err)
				}
				time.Sleep(20 * time.Millisecond)
			}
			s.expect(t, "b", "a", "answered")
		})
	}
}

// BenchmarkFire is a blackhole on many nodes at once: how long it takes to be
// ready, from the command to the last effect, and from the first to the last.
func BenchmarkFire(b *testing.B) {
	for _, n := range []int{10, 30} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			names := []string{"probe"}
			for i := range n {
				names = append(names, fmt.Sprintf("node-%02d", i))
			}
			s := newSite(b, names...)
			var targets []faults.Target
			for _, name := range names[1:] {
				targets = append(targets, faults.Target{Instance: s.nodes[name], Probe: s.doors("probe")})
			}
			fireMany(b, targets)
		})
	}
}

// fireMany tells of a blackhole on all targets.
func fireMany(b *testing.B, targets []faults.Target) {
	b.Helper()
	var armed, start, effect, skew time.Duration
	for b.Loop() {
		began := time.Now()
		a, err := (&faults.Blackhole{}).Arm(b.Context(), targets)
		if err != nil {
			b.Fatal(err)
		}
		armed += time.Since(began)
		began = time.Now()
		said := mono.Now()
		at, err := a.Fire(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		effect += time.Since(began)
		first, last := time.Duration(1<<62), time.Duration(0)
		for _, x := range at {
			first, last = min(first, x), max(last, x)
		}
		start, skew = start+first-said, skew+last-first
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(armed.Seconds()*1e3/float64(b.N), "arm-ms")
	b.ReportMetric(start.Seconds()*1e3/float64(b.N), "command-to-first-effect-ms")
	b.ReportMetric(effect.Seconds()*1e3/float64(b.N), "command-to-effect-ms")
	b.ReportMetric(skew.Seconds()*1e3/float64(b.N), "skew-ms")
}
