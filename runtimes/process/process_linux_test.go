package process_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/process"
)

// TestMain makes the test binary the host, its nodes and helpers, and the
// owner that TestOwnerKilled kills.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case process.HostCommand:
			exit(process.Host(context.Background(), os.NewFile(3, "control")))
		case "exec":
			exit(process.ServeExec(context.Background(), os.Args[3:], os.Stdin, os.Stdout))
		case "own":
			exit(own(os.Args[2]))
		}
	}
	if code, ok := conformance.Main(os.Args[1:]); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// open makes a runtime, or skips where there are no namespaces.
func open(t testing.TB, change func(*process.Options)) *process.Runtime {
	t.Helper()
	o := process.Options{RunID: "test", LogDir: t.TempDir()}
	if change != nil {
		change(&o)
	}
	r, err := process.New(t.Context(), o)
	if errors.Is(err, runtimes.ErrUnsupported) && !strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "netns") {
		t.Skipf("no namespaces here: %v", err)
	}
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

// node is the k-th node (from 1) of a region.
func node(r *process.Runtime, name string, region, k byte) runtimes.Node {
	addrs := []netip.Addr{netip.AddrFrom4([4]byte{10, 77, region, k})}
	if _, v6 := r.Subnets(); v6.IsValid() {
		b := v6.Addr().As16()
		b[13], b[15] = region, k
		addrs = append(addrs, netip.AddrFrom16(b))
	}
	return conformance.Node(name, 60*time.Millisecond, addrs...)
}

func nodes(r *process.Runtime, n int) []runtimes.Node {
	var all []runtimes.Node
	for k := range n {
		all = append(all, node(r, fmt.Sprintf("region-%d-api-%d", k/6, k%6+1), byte(k/6+1), byte(k%6+1)))
	}
	return all
}

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) (runtimes.Runtime, []runtimes.Node) {
		r := open(t, nil)
		return r, []runtimes.Node{node(r, "b", 1, 2), node(r, "a", 1, 1)}
	})
}

func TestNineteenNodes(t *testing.T) {
	began := time.Now()
	r := open(t, nil)
	made := time.Since(began)
	all := nodes(r, 19)
	began = time.Now()
	if err := r.Start(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	t.Logf("host and bridge in %v, 19 nodes ready in %v", made, time.Since(began))
	var names []string
	for _, n := range all {
		names = append(names, n.Name)
	}
	began = time.Now()
	at, err := r.CutPower(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	first, last := time.Duration(1<<62), time.Duration(0)
	for _, stamp := range at {
		first, last = min(first, stamp), max(last, stamp)
	}
	t.Logf("19 nodes struck within %v, all gone after %v", last-first, time.Since(began))
	if last-first > time.Second {
		t.Errorf("power was cut over %v, that is not one instant", last-first)
	}
}

func TestStartErrors(t *testing.T) {
	r := open(t, nil)
	good := node(r, "good", 1, 1)
	if err := r.Start(t.Context(), []runtimes.Node{good}); err != nil {
		t.Fatal(err)
	}
	change := func(change func(*runtimes.Node)) runtimes.Node {
		n := node(r, "other", 1, 2)
		change(&n)
		return n
	}
	v4, _ := r.Subnets()
	for want, bad := range map[string]runtimes.Node{
		"name good is taken by good":           good,
		"10.77.1.1 is taken by good":           change(func(n *runtimes.Node) { n.Addrs = good.Addrs }),
		"is in none of the subnets":            change(func(n *runtimes.Node) { n.Addrs = []netip.Addr{netip.MustParseAddr("10.1.2.3")} }),
		"10.77.255.254 is taken by the bridge": change(func(n *runtimes.Node) { n.Addrs = []netip.Addr{netip.MustParseAddr("10.77.255.254")} }),
		`"a/b" cannot be a node's name`:        change(func(n *runtimes.Node) { n.Name = "a/b" }),
		"other: it ended\n  | conformance-node: no name": change(func(n *runtimes.Node) {
			n.Args, n.Restart = n.Args[:1], false
		}),
	} {
		err := r.Start(t.Context(), []runtimes.Node{bad})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q (subnet %v)", err, want, v4)
		}
	}
	if all, err := r.Instances(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("after starts that failed there are %d instances (%v), want 1", len(all), err)
	}
}

// TestStartTimeout has a node that lives but does not serve what Ready asks.
func TestStartTimeout(t *testing.T) {
	r := open(t, nil)
	n := node(r, "deaf", 1, 1)
	n.Ready = strings.Replace(n.Ready, "/healthz", "/nothing", 1)
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	err := r.Start(ctx, []runtimes.Node{n})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want one that wraps DeadlineExceeded", err)
	}
	for _, want := range []string{"deaf: not ready in time", "404", "\n  | started deaf"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in the error: %v", want, err)
		}
	}
	if _, err := r.Instances(t.Context()); !errors.Is(err, runtimes.ErrNoInstance) {
		t.Errorf("after that Instances says %v, want ErrNoInstance", err)
	}
}

// TestLongRequest starts a node whose environment does not fit a packet.
func TestLongRequest(t *testing.T) {
	r := open(t, nil)
	n := node(r, "long", 1, 1)
	n.Env = []string{"A=" + strings.Repeat("x", 100_000), "B=" + strings.Repeat("y", 100_000)}
	if err := r.Start(t.Context(), []runtimes.Node{n}); err != nil {
		t.Fatal(err)
	}
}

func TestDialFromBridge(t *testing.T) {
	r := open(t, nil)
	n := node(r, "served", 1, 1)
	if err := r.Start(t.Context(), []runtimes.Node{n}); err != nil {
		t.Fatal(err)
	}
	for _, addr := range n.Addrs {
		conn, err := r.DialContext(t.Context(), "tcp", netip.AddrPortFrom(addr, 8080).String())
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	// Nobody has this address, so only the limit ends the attempt.
	if _, err := r.DialContext(ctx, "tcp", "10.77.9.9:80"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dialing nobody: %v, want DeadlineExceeded", err)
	}
	if _, err := r.DialContext(t.Context(), "unix", "10.77.1.1:80"); !errors.Is(err, runtimes.ErrUnsupported) {
		t.Errorf("dialing by unix: %v, want ErrUnsupported", err)
	}
}

func TestExec(t *testing.T) {
	r := open(t, nil)
	if err := r.Start(t.Context(), nodes(r, 1)); err != nil {
		t.Fatal(err)
	}
	all, err := r.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in := all[0].(runtimes.Execer)
	exit, out, err := in.Exec(t.Context(), []string{"sh", "-c", "cat /proc/net/fib_trie; exit 3"})
	if err != nil || exit != 3 || !strings.Contains(out, all[0].Node().Addrs[0].String()) {
		t.Errorf("exit %d (%v), output without the node's own address:\n%s", exit, err, out)
	}
	if _, _, err := in.Exec(t.Context(), []string{"/no/such/program"}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("what is not there: %v", err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, errors.New("too slow"))
	defer cancel()
	if _, _, err := in.Exec(ctx, []string{"sleep", "600"}); err == nil || err.Error() != "too slow" {
		t.Errorf("what takes too long: %v", err)
	}
}

func TestDoctor(t *testing.T) {
	open(t, nil) // skips where it must
	checks := process.Doctor(t.Context())
	if len(checks) < 6 {
		t.Errorf("only %d checks: %+v", len(checks), checks)
	}
	for _, c := range checks {
		t.Logf("%-32s %-5v %s", c.Name, c.OK, c.Text)
		if !c.OK && !strings.HasPrefix(c.Name, "IPv6") {
			t.Errorf("%s: %s (%s)", c.Name, c.Text, c.Hint)
		}
	}
}

func BenchmarkStart19(b *testing.B) {
	for b.Loop() {
		dir := filepath.Join(b.TempDir(), "logs")
		r := open(b, func(o *process.Options) { o.LogDir = dir })
		if err := r.Start(b.Context(), nodes(r, 19)); err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
