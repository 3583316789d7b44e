package fake_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/fake"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, func(*testing.T) (runtimes.Runtime, []runtimes.Node) {
		r := fake.New("test")
		r.Helper = func(ctx context.Context, h fake.HelperCall) error {
			for _, a := range h.Node.Addrs {
				fmt.Fprintln(h.Stdout, a.String()+"/16")
			}
			fmt.Fprintln(h.Stdout, "ready")
			if _, err := io.Copy(h.Stdout, h.Stdin); err != nil {
				return err
			}
			if len(h.Args) > 1 { // linger
				<-ctx.Done()
			}
			return nil
		}
		r.Dial = serve(r)
		r.Script("never-ready", fake.Start, fake.Outcome{Err: errors.New("not ready"), Always: true})
		return r, []runtimes.Node{
			conformance.Node("b", 20*time.Millisecond, netip.MustParseAddr("10.77.1.2")),
			conformance.Node("a", 20*time.Millisecond, netip.MustParseAddr("10.77.1.1")),
		}
	})
}

// serve answers for all instances as conformance nodes do.
func serve(r *fake.Runtime) func(ctx context.Context, from, network, address string) (net.Conn, error) {
	return func(ctx context.Context, _, _, address string) (net.Conn, error) {
		to := netip.MustParseAddrPort(address)
		all, err := r.Instances(ctx)
		if err != nil {
			return nil, err
		}
		for _, in := range all {
			st, err := in.(runtimes.Stater).Status(ctx)
			if err != nil || !slices.Contains(in.Node().Addrs, to.Addr()) || to.Port() != 8080 {
				continue
			}
			ours, theirs := net.Pipe()
			if st.State == runtimes.Running {
				go answer(r, in.Node().Name, theirs)
			}
			return ours, nil // a paused one stays silent
		}
		return nil, syscall.ECONNREFUSED
	}
}

func answer(r *fake.Runtime, name string, conn net.Conn) {
	defer conn.Close()
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	if req.URL.Path == "/exit" {
		_ = r.Exit(name, "exit status 3")
		return
	}
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")
}

// one starts one node in a bubble.
func one(t *testing.T, node runtimes.Node) (*fake.Runtime, runtimes.Instance) {
	t.Helper()
	r := fake.New("run")
	t.Cleanup(func() { r.Close() })
	if err := r.Start(t.Context(), []runtimes.Node{node}); err != nil {
		t.Fatal(err)
	}
	all, err := r.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r, all[0]
}

func TestBackoffIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, in := one(t, runtimes.Node{Name: "a", Restart: true, Backoff: 7 * time.Second})
		at, err := in.(runtimes.Crasher).Crash(t.Context(), syscall.SIGSEGV)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * time.Second)
		st, err := in.(runtimes.Stater).Status(t.Context())
		if err != nil || st.Since-at != 7*time.Second || st.Restarts != 1 {
			t.Errorf("status %+v, %v; want running since %v", st, err, at+7*time.Second)
		}
		if err := r.Exit("a", "exit status 1"); err != nil {
			t.Fatal(err)
		}
		if st, _ := in.(runtimes.Stater).Status(t.Context()); st.State != runtimes.Exited {
			t.Errorf("after Exit: %+v", st)
		}
	})
}

func TestScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, in := one(t, runtimes.Node{Name: "a"})
		boom := errors.New("boom")
		r.Script("a", fake.Kill,
			fake.Outcome{Delay: time.Second, Err: boom},
			fake.Outcome{Delay: time.Hour},
			fake.Outcome{Err: boom, Did: true})
		kill := func(ctx context.Context) (time.Duration, error) { return in.(runtimes.Killer).Kill(ctx) }
		state := func() runtimes.State {
			st, err := in.(runtimes.Stater).Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return st.State
		}
		began := r.Now()
		if _, err := kill(t.Context()); !errors.Is(err, boom) || r.Now()-began != time.Second || state() != runtimes.Running {
			t.Errorf("1: %v after %v, %s", err, r.Now()-began, state())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := kill(ctx); !errors.Is(err, context.DeadlineExceeded) || state() != runtimes.Running {
			t.Errorf("2: %v, %s", err, state())
		}
		if _, err := kill(t.Context()); !errors.Is(err, boom) || state() != runtimes.Stopped {
			t.Errorf("3: %v, %s", err, state())
		}
		if _, err := kill(t.Context()); err != nil {
			t.Errorf("beyond the script: %v", err)
		}
		calls := r.Calls(fake.Kill)
		if len(calls) != 4 || !errors.Is(calls[0].Err, boom) || calls[3].Err != nil || calls[0].At-began != time.Second {
			t.Errorf("calls %+v", calls)
		}
	})
}

func TestRemoved(t *testing.T) {
	r, in := one(t, runtimes.Node{Name: "a"})
	if err := r.Remove("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := in.(runtimes.Pauser).Unpause(t.Context()); !errors.Is(err, runtimes.ErrGone) {
		t.Errorf("Unpause: %v, want ErrGone", err)
	}
	if _, err := r.Reopen(t.Context(), in.Ref()); !errors.Is(err, runtimes.ErrGone) {
		t.Errorf("Reopen: %v, want ErrGone", err)
	}
	if err := r.Remove("a"); !errors.Is(err, runtimes.ErrNoInstance) {
		t.Errorf("Remove again: %v, want ErrNoInstance", err)
	}
}

func TestPrintAndReaddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, in := one(t, runtimes.Node{Name: "a"})
		log, err := in.(runtimes.Logger).Logs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(time.Minute)
			if err := errors.Join(r.Print("a", "hello"), r.Close()); err != nil {
				t.Error(err)
			}
		}()
		b, err := io.ReadAll(bufio.NewReader(log))
		if err != nil || !strings.HasSuffix(string(b), "hello\n") {
			t.Errorf("read %q, %v", b, err)
		}
		other := netip.MustParseAddr("10.77.9.9")
		if err := r.Readdress("a", other); err != nil || in.Node().Addrs[0] != other {
			t.Errorf("addresses %v, %v", in.Node().Addrs, err)
		}
	})
}
