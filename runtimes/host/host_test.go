package host_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/host"
)

// The test's own executable is the child, too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "echo":
			_, _ = io.Copy(os.Stdout, os.Stdin)
			os.Exit(0)
		case "fail":
			os.Stderr.WriteString("why it failed\n")
			os.Exit(3)
		case "deaf":
			os.Stdout.WriteString("up\n")
			time.Sleep(time.Hour)
		}
	}
	os.Exit(m.Run())
}

func machine(t *testing.T) *host.Instance {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return host.New(exe).Instance()
}

func TestAChildAndItsLease(t *testing.T) {
	p, err := machine(t).RunInNet(t.Context(), []string{"echo"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := p.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(p); err != nil || string(b) != "hello" {
		t.Errorf("%q, %v", b, err)
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAChildThatFailsSaysWhy(t *testing.T) {
	p, err := machine(t).RunInNet(t.Context(), []string{"fail"})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(p); err != nil || len(b) > 0 {
		t.Errorf("%q, %v", b, err)
	}
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "why it failed") {
		t.Errorf("%v", err)
	}
}

func TestADeafChildIsEnded(t *testing.T) {
	p, err := machine(t).RunInNet(t.Context(), []string{"deaf"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(p, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- p.Close() }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it goes on")
	}
}

func TestNoSuchChild(t *testing.T) {
	open := func() int {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no list of open files: ", err)
		}
		return len(fds)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it would close what is forgotten
	before := open()
	for range 10 {
		if _, err := host.New("/no/such/program").Instance().RunInNet(t.Context(), []string{"x"}); err == nil {
			t.Error("it was started")
		}
	}
	if after := open(); after >= before+10 {
		t.Errorf("%d files are open, %d before", after, before)
	}
}

func TestCommandsRunWhereTheyAreTold(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("uses sh")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	exit, said, err := machine(t).RunCommand(t.Context(), dir, []string{"sh", "-c", "pwd; exit 4"})
	if err != nil || exit != 4 || strings.TrimSpace(said) != dir {
		t.Errorf("%d, %q, %v", exit, said, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := machine(t).RunCommand(ctx, "", []string{"sleep", "600"}); err == nil {
		t.Error("it had all the time in the world")
	}
}

func TestReopen(t *testing.T) {
	rt := host.New("")
	in, err := rt.Reopen(t.Context(), machine(t).Ref())
	if err != nil || in.Node().Name != runtimes.HostName {
		t.Errorf("%v, %v", in, err)
	}
	if _, err := rt.Reopen(t.Context(), runtimes.Ref{Runtime: "docker", ID: "x"}); !errors.Is(err, runtimes.ErrNoInstance) {
		t.Errorf("%v", err)
	}
}
