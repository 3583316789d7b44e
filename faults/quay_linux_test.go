package faults_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// A quay is containers of a port that are in a second network, too, and are found as
// containers of somebody's own would be.
type quay struct {
	t     *testing.T
	life  context.Context // of the askers, which outlive one case
	rt    *docker.Runtime
	nodes map[string]runtimes.Instance
	asks  map[string]*asker
}

// An asker asks from inside a container's network.
type asker struct {
	p   runtimes.Process
	out *bufio.Reader
}

func newQuay(t *testing.T, p *port) *quay {
	t.Helper()
	cli, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	second := fmt.Sprintf("drillctl-second-%d-%d", os.Getpid(), time.Now().UnixNano())
	res, err := cli.NetworkCreate(t.Context(), second, client.NetworkCreateOptions{Driver: "bridge", Internal: true})
	if err != nil {
		t.Fatal(err)
	}
	e, err := docker.Connect(t.Context(), docker.Where{Host: os.Getenv("DOCKER_HOST")})
	if err != nil {
		t.Fatal(err)
	}
	q := &quay{t: t, life: t.Context(), nodes: map[string]runtimes.Instance{}, asks: map[string]*asker{}}
	t.Cleanup(func() {
		var errs []error
		for _, a := range q.asks {
			_ = a.p.Close() // its container may have ended
		}
		if q.rt != nil {
			errs = append(errs, q.rt.Close())
		}
		for name := range p.nodes {
			_, err := cli.NetworkDisconnect(context.WithoutCancel(t.Context()), res.ID, client.NetworkDisconnectOptions{Container: p.nodes[name].Ref().ID, Force: true})
			errs = append(errs, err)
		}
		_, err := cli.NetworkRemove(context.WithoutCancel(t.Context()), res.ID, client.NetworkRemoveOptions{})
		if err := errors.Join(append(errs, err, cli.Close(), e.Close())...); err != nil {
			t.Error(err)
		}
	})
	var members []docker.Member
	for name, in := range p.nodes {
		if _, err := cli.NetworkConnect(t.Context(), res.ID, client.NetworkConnectOptions{Container: in.Ref().ID}); err != nil {
			t.Fatal(err)
		}
		members = append(members, docker.Member{ID: in.Ref().ID, Node: runtimes.Node{Name: name, Ready: in.Node().Ready}})
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	q.rt, err = docker.Attach(t.Context(), docker.Options{Engine: e, Exe: exe, RunID: second, LogDir: t.TempDir()}, members)
	if err != nil {
		t.Fatal(err)
	}
	all, err := q.rt.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range all {
		q.nodes[in.Node().Name] = in
		if n := len(in.Node().Addrs); n < 2 {
			t.Fatalf("%s has %d addresses in two networks", in.Node().Name, n)
		}
	}
	return q
}

// doors are where a node answers: in both networks, and by IPv6 where the engine has
// it.
func (q *quay) doors(name string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range q.nodes[name].Node().Addrs {
		out = append(out, netip.AddrPortFrom(a, 8080))
	}
	return out
}

func (q *quay) target(on string, peers ...string) faults.Target {
	t := faults.Target{Instance: q.nodes[on], Power: q.rt}
	for name := range q.nodes {
		if name != on {
			t.Probe = append(t.Probe, q.doors(name)...)
		}
	}
	for _, p := range peers {
		t.Peers = append(t.Peers, q.nodes[p].Node().Addrs...)
	}
	return t
}

// ask is what becomes of a request from one container to another.
func (q *quay) ask(from string, to netip.AddrPort) (string, time.Duration) {
	q.t.Helper()
	a := q.asks[from]
	if a == nil {
		p, err := q.nodes[from].(runtimes.InNet).RunInNet(q.life, []string{conformance.HelperCommand, "ask"})
		if err != nil {
			q.t.Fatal(err)
		}
		a = &asker{p, bufio.NewReader(p)}
		q.asks[from] = a
	}
	if _, err := fmt.Fprintln(a.p, to); err != nil {
		q.t.Fatal(err)
	}
	line, err := a.out.ReadString('\n')
	outcome, took, ok := strings.Cut(strings.TrimSpace(line), " ")
	d, perr := time.ParseDuration(took)
	if err != nil || !ok || perr != nil {
		q.t.Fatalf("%s asks %s: %q, %v", from, to, line, err)
	}
	return outcome, d
}

// expect asks at all doors. An answer takes at least as long as said.
func (q *quay) expect(from, to string, least time.Duration, want ...string) {
	q.t.Helper()
	for _, door := range q.doors(to) {
		got, took := q.ask(from, door)
		if !slices.Contains(want, got) || took < least {
			q.t.Errorf("%s asks %s of %s: %s after %s, want %v after %s at least", from, door, to, got, took, want, least)
		}
	}
}

const fine = "200"

// Every network fault on a container in two networks: seen by others and by itself
// in both and in both families, not by a third, and gone afterwards.
func containerNetwork(t *testing.T, p *port) {
	q := newQuay(t, p)
	for _, tt := range networkOfContainers {
		t.Run(tt.name, func(t *testing.T) {
			q.t = t
			on := q.target("a")
			if tt.peer {
				on = q.target("a", "b")
			}
			q.expect("b", "a", 0, fine)
			a := arm(t, tt.fault, on)
			verify(t, a, false, true)
			verifyNow(t, a, true, false)
			fire(t, a)
			verify(t, a, true, true)
			q.expect("b", "a", tt.least, tt.toA)
			q.expect("a", "b", tt.back, tt.fromA)
			q.expect("b", "c", 0, fine)
			if tt.peer {
				q.expect("c", "a", 0, fine)
			}
			revert(t, a)
			verify(t, a, false, true)
			q.expect("b", "a", 0, fine)
			q.expect("a", "b", 0, fine)
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

const late = 200 * time.Millisecond

var networkOfContainers = []struct {
	name        string
	fault       faults.Fault
	peer        bool   // only between a and b
	toA, fromA  string // what b and a see of each other
	least, back time.Duration
}{
	{"blackhole", &faults.Blackhole{}, false, conformance.Silent, conformance.Silent, 0, 0},
	{"partition", &faults.Partition{Direction: agent.Both}, true, conformance.Silent, conformance.Silent, 0, 0},
	{"reset", &faults.Reset{Direction: agent.Both}, false, conformance.Refused, conformance.Refused, 0, 0},
	{"latency", &faults.Latency{Delay: late}, false, fine, fine, late - 20*time.Millisecond, late - 20*time.Millisecond},
	{"loss", &faults.Loss{Share: 1, Direction: agent.Both}, false, conformance.Silent, conformance.Silent, 0, 0},
	{"bandwidth", &faults.Bandwidth{Rate: 800_000}, false, fine, fine, 0, 0},
	{"http-fail", &faults.HTTPFail{Paths: []string{"/healthz"}, Status: 503, Ports: []int{8080}}, false, "503", fine, 0, 0},
	{"http-slow", &faults.HTTPSlow{Paths: []string{"/healthz"}, Delay: late, Ports: []int{8080}}, false, fine, fine, late, 0},
}

// Two faults on one container stand side by side: lifting one leaves the other.
func containerOverlap(t *testing.T, p *port) {
	q := newQuay(t, p)
	one := arm(t, &faults.Partition{Direction: agent.Both}, q.target("a", "b"))
	two := arm(t, &faults.Latency{Delay: late}, q.target("a"))
	fire(t, one)
	fire(t, two)
	q.expect("b", "a", 0, conformance.Silent)
	q.expect("c", "a", late-20*time.Millisecond, fine)
	revert(t, one)
	q.expect("b", "a", late-20*time.Millisecond, fine)
	revert(t, two)
	verify(t, one, false, true)
	verify(t, two, false, true)
	q.expect("b", "a", 0, fine)
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Error(err)
	}
}

var lifeOfContainers = []struct {
	name  string
	fault faults.Fault
	down  []string // what others see meanwhile; none of what heals by itself
}{
	{"kill", &faults.Kill{}, []string{conformance.Silent, conformance.Refused}},
	{"stop", &faults.Stop{Grace: time.Second}, []string{conformance.Silent, conformance.Refused}},
	{"pause", &faults.Pause{}, []string{conformance.Cut}},
	{"power-loss", &faults.PowerLoss{}, []string{conformance.Silent, conformance.Refused}},
	{"crash", &faults.Crash{Signal: "kill"}, nil},
	{"restart", &faults.Restart{Grace: time.Second}, nil},
}

// Every fault of life and death on a container: others see it, and see it gone.
func containerLife(t *testing.T, p *port) {
	q := newQuay(t, p)
	for _, tt := range lifeOfContainers {
		t.Run(tt.name, func(t *testing.T) {
			q.t = t
			a := arm(t, tt.fault, q.target("a"))
			verify(t, a, false, true)
			fire(t, a)
			verify(t, a, true, true)
			if tt.down != nil {
				got, _ := q.ask("b", q.doors("a")[0])
				if !slices.Contains(tt.down, got) {
					t.Errorf("b sees of a: %s, want %v", got, tt.down)
				}
				verifyNow(t, a, false, false)
			}
			if err := journalled(t, tt.name, tt.fault).Undo(t.Context(), q.nodes["a"]); err != nil {
				t.Fatal(err)
			}
			verify(t, a, false, true)
			for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
				got, _ := q.ask("b", q.doors("a")[0])
				if got == fine {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("afterwards b sees of a: %s", got)
				}
			}
		})
	}
}

// No kind of damage that containers can have is forgotten here.
func everyKindIsTried(t *testing.T, _ *port) {
	tried := []string{"cpu-throttle", "memory-limit", "oom", "disk-full", "dns-fail", "dns-slow", "flood"} // in tests of their own
	for _, tt := range networkOfContainers {
		tried = append(tried, tt.name)
	}
	for _, tt := range lifeOfContainers {
		tried = append(tried, tt.name)
	}
	onlyBundled := []string{"certificate", "config-push", "corrupt-backup", "rotate-keys"} // ask a service of the bundled system, by HTTP
	for _, k := range faults.All() {
		if !k.Outside && !slices.Contains(tried, k.Name) && !slices.Contains(onlyBundled, k.Name) {
			t.Errorf("%s is tried on no container", k.Name)
		}
	}
}
