package faults

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/fake"
)

// world is a fake system of two nodes whose doors answer while they run.
func world(t *testing.T) (*fake.Runtime, []Target) {
	t.Helper()
	r := fake.New("run")
	r.Dial = func(ctx context.Context, _, _, address string) (net.Conn, error) { return answer(ctx, r, address) }
	var nodes []runtimes.Node
	for i, name := range []string{"a", "b"} {
		addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)})
		nodes = append(nodes, runtimes.Node{Name: name, Addrs: []netip.Addr{addr}, Ready: "http://" + addr.String() + ":80/", Restart: true, Backoff: time.Second})
	}
	if err := r.Start(t.Context(), nodes); err != nil {
		t.Fatal(err)
	}
	all, err := r.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var on []Target
	for _, in := range all {
		on = append(on, Target{Instance: in, Power: r})
	}
	return r, on
}

func answer(ctx context.Context, r *fake.Runtime, address string) (net.Conn, error) {
	all, err := r.Instances(ctx)
	if err != nil {
		return nil, err
	}
	for _, in := range all {
		s, err := in.(runtimes.Stater).Status(ctx)
		if err != nil || in.Node().Addrs[0].String()+":80" != address {
			continue
		}
		if s.State == runtimes.Stopped || s.State == runtimes.Exited {
			break
		}
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			if _, err := far.Read(make([]byte, 512)); err == nil && s.State == runtimes.Running {
				_, _ = far.Write([]byte("HTTP/1.0 200 OK\r\n\r\n")) // the prober may have gone
			}
		}()
		return near, nil
	}
	return nil, syscall.ECONNREFUSED
}

// Every fault on instances themselves: proved absent, done, proved, undone from
// what the journal keeps (twice), proved gone.
func TestLifecycle(t *testing.T) {
	for _, name := range []string{"kill", "crash", "stop", "pause", "restart", "power-loss"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, on := world(t)
				defer r.Close()
				for _, o := range on { // or no time would pass between two states
					r.Script(o.Instance.Node().Name, fake.Start, fake.Outcome{Delay: time.Millisecond, Always: true})
				}
				k, _ := Lookup(name)
				f := k.New()
				a, err := f.Arm(t.Context(), on)
				if err != nil {
					t.Fatal(err)
				}
				proved(t, a, false, 4)
				at, err := a.Fire(t.Context())
				if err != nil || len(at) != 2 || at["a"] == 0 || at["b"] == 0 {
					t.Fatalf("fire: %v, %v", at, err)
				}
				n := 4
				if k.Instant {
					n = 2 // it may be over: nobody knocks
				}
				proved(t, a, true, n)
				kept, err := json.Marshal(f)
				if err != nil {
					t.Fatal(err)
				}
				again := k.New()
				if err := json.Unmarshal(kept, again); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					for _, o := range on {
						if err := again.Undo(t.Context(), o.Instance); err != nil {
							t.Errorf("undo: %v", err)
						}
					}
				}
				proved(t, a, false, 4)
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func proved(t *testing.T, a Armed, want bool, n int) {
	t.Helper()
	es, err := a.Verify(t.Context(), want)
	if err != nil || len(es) != n {
		t.Errorf("verify %t: %d of evidence, %v", want, len(es), err)
	}
	for _, e := range es {
		if !e.OK || e.Text == "" || e.Instance == "" || e.At == 0 {
			t.Errorf("verify %t: %+v", want, e)
		}
	}
}

// What did not take effect is not proved.
func TestLifecycleWithoutEffect(t *testing.T) {
	for _, name := range []string{"kill", "crash", "stop", "pause", "restart", "power-loss"} {
		synctest.Test(t, func(t *testing.T) {
			r, on := world(t)
			defer r.Close()
			k, _ := Lookup(name)
			a, err := k.New().Arm(t.Context(), on)
			if err != nil {
				t.Fatal(err)
			}
			es, err := a.Verify(t.Context(), true)
			for _, e := range es {
				if e.OK {
					t.Errorf("%s: %+v", name, e)
				}
			}
			if len(es) == 0 || err != nil {
				t.Errorf("%s: %v, %v", name, es, err)
			}
		})
	}
}

// A crash that nobody repairs is undone in the end.
func TestCrashWithoutSupervisor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, on := world(t)
		defer r.Close()
		if err := r.Exit("a", "exit status 3"); err != nil {
			t.Fatal(err)
		}
		r.Script("a", fake.Start, fake.Outcome{})
		began := time.Now()
		if err := (&Crash{Signal: "kill"}).Undo(t.Context(), on[0].Instance); err != nil {
			t.Fatal(err)
		}
		s, err := status(t.Context(), on[0].Instance)
		if err != nil || s.State != runtimes.Running || time.Since(began) > supervisorPatience+time.Second {
			t.Errorf("%+v, %v after %v", s, err, time.Since(began))
		}
	})
}

// A power loss uses each runtime's own switch once, and one instant.
func TestPowerLossUsesTheSwitches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		east, on := world(t)
		west, more := world(t)
		defer east.Close()
		defer west.Close()
		for i := range more {
			more[i].Instance = renamed{more[i].Instance.(*fake.Instance), "west-" + more[i].Instance.Node().Name}
			more[i].Power = nil
		}
		a, err := (&PowerLoss{}).Arm(t.Context(), append(on, more...))
		if err != nil {
			t.Fatal(err)
		}
		at, err := a.Fire(t.Context())
		if err != nil || len(at) != 4 || at["a"] != at["b"] {
			t.Errorf("%v, %v", at, err)
		}
		if n := len(east.Calls(fake.Cut)); n != 2 {
			t.Errorf("%d cuts", n)
		}
		if n := len(west.Calls(fake.Kill)); n != 2 {
			t.Errorf("%d kills", n)
		}
	})
}

type renamed struct {
	*fake.Instance
	name string
}

func (r renamed) Node() runtimes.Node {
	n := r.Instance.Node()
	n.Name = r.name
	return n
}

func TestArmRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, on := world(t)
		defer r.Close()
		if _, err := (&Kill{}).Arm(t.Context(), nil); !errors.Is(err, runtimes.ErrNoInstance) {
			t.Errorf("nobody: %v", err)
		}
		if _, err := (&Blackhole{}).Arm(t.Context(), nil); !errors.Is(err, runtimes.ErrNoInstance) {
			t.Errorf("nobody: %v", err)
		}
		if _, err := (&Partition{Direction: "both"}).Arm(t.Context(), on); err == nil {
			t.Error("a partition from nobody")
		}
		if _, err := (&Blackhole{}).Arm(t.Context(), on); !errors.Is(err, runtimes.ErrUnsupported) {
			t.Errorf("no helper: %v", err)
		}
		if _, err := on[0].Instance.(runtimes.Killer).Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := (&Kill{}).Arm(t.Context(), on); err == nil {
			t.Error("a dead one is killed")
		}
	})
}
