package process_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/process"
)

// own is a process that raises a system, with a mark in the arguments of each
// of its processes, and waits to be killed.
func own(mark string) error {
	dir, err := os.MkdirTemp("", "owned-")
	if err != nil {
		return err
	}
	fmt.Println(dir)
	ctx := context.Background()
	r, err := process.New(ctx, process.Options{
		RunID: mark, LogDir: dir, Args: []string{process.HostCommand, mark},
	})
	if err != nil {
		return err
	}
	all := nodes(r, 3)
	for i := range all {
		all[i].Args = []string{conformance.NodeCommand, mark}
	}
	if err := r.Start(ctx, all); err != nil {
		return err
	}
	instances, err := r.Instances(ctx)
	if err != nil {
		return err
	}
	if _, err := instances[1].(runtimes.Pauser).Pause(ctx); err != nil {
		return err
	}
	p, err := instances[0].(runtimes.InNet).RunInNet(ctx, []string{conformance.HelperCommand, "linger", mark})
	if err != nil {
		return err
	}
	defer p.Close()
	fmt.Println("up")
	select {}
}

// TestOwnerKilled kills the owner of a system: nothing of it may be left, not
// even what is paused or does not heed the end of its stdin.
func TestOwnerKilled(t *testing.T) {
	open(t, nil) // skips where it must
	mark := fmt.Sprintf("mark-%d-%d", os.Getpid(), time.Now().UnixNano())
	owner := exec.Command(os.Args[0], "own", mark)
	owner.Stderr = os.Stderr
	stdout, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if lines.Scan() {
		defer os.RemoveAll(lines.Text())
	}
	if !lines.Scan() || lines.Text() != "up" {
		t.Fatalf("the owner did not come up: %v", owner.Wait())
	}
	if got := marked(t, mark); got != 6 { // owner, host, 3 nodes, helper
		t.Errorf("%d processes are marked, want 6", got)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
	killed := time.Now()
	for marked(t, mark) > 0 {
		if time.Since(killed) > 10*time.Second {
			t.Fatalf("%d processes outlive their owner", marked(t, mark))
		}
		time.Sleep(time.Millisecond)
	}
	t.Logf("all gone %v after the owner", time.Since(killed))
}

// marked counts the processes that have mark in their arguments.
func marked(t *testing.T, mark string) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(files) == 0 {
		t.Fatalf("no processes in /proc: %v", err)
	}
	count := 0
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil && bytes.Contains(b, []byte(mark)) {
			count++
		}
	}
	return count
}

// TestCloseLeavesNothing looks for processes after Close.
func TestCloseLeavesNothing(t *testing.T) {
	mark := fmt.Sprintf("mark-%d-%d", os.Getpid(), time.Now().UnixNano())
	r := open(t, func(o *process.Options) { o.Args = []string{process.HostCommand, mark} })
	n := node(r, "one", 1, 1)
	n.Args = []string{conformance.NodeCommand, mark}
	if err := r.Start(t.Context(), []runtimes.Node{n}); err != nil {
		t.Fatal(err)
	}
	if got := marked(t, mark); got != 2 {
		t.Errorf("%d processes are marked, want 2", got)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if got := marked(t, mark); got != 0 {
		t.Errorf("%d processes are left after Close", got)
	}
}

// TestHostDies kills the host: acts say that the system is gone.
func TestHostDies(t *testing.T) {
	mark := fmt.Sprintf("mark-%d-%d", os.Getpid(), time.Now().UnixNano())
	r, err := process.New(t.Context(), process.Options{
		RunID: "test", LogDir: t.TempDir(), Args: []string{process.HostCommand, mark},
	})
	if errors.Is(err, runtimes.ErrUnsupported) {
		open(t, nil) // skips or fails
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context(), nodes(r, 2)); err != nil {
		t.Fatal(err)
	}
	all, err := r.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	log, err := all[0].(runtimes.Logger).Logs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	killMarked(t, mark)
	if _, err := io.ReadAll(log); err != nil {
		t.Errorf("the log ends with %v, want EOF", err)
	}
	if _, err := all[0].(runtimes.Stater).Status(t.Context()); !errors.Is(err, runtimes.ErrGone) {
		t.Errorf("Status says %v, want ErrGone", err)
	}
	if err := r.Close(); err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("Close says %v, want how the host ended", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close again says %v", err)
	}
}

func killMarked(t *testing.T, mark string) {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if b, err := os.ReadFile(file); err != nil || !bytes.Contains(b, []byte(mark)) {
			continue
		}
		var pid int
		if _, err := fmt.Sscanf(file, "/proc/%d/cmdline", &pid); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAsNobody runs the tests again without privileges.
func TestAsNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become nobody; the other tests have run without privileges already")
	}
	open(t, nil) // skips where it must
	dir, err := os.MkdirTemp("", "nobody-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "process.test")
	if err := errors.Join(os.Chmod(dir, 0o755), copyFile(os.Args[0], binary), os.Mkdir(dir+"/tmp", 0o777), os.Chmod(dir+"/tmp", 0o1777)); err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	cmd := exec.Command(binary, "-test.v", "-test.timeout=100s",
		"-test.run=TestConformance|TestNineteenNodes|TestOwnerKilled|TestDoctor|TestDialFromBridge")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir+"/tmp", "HOME="+dir+"/tmp", "DRILLCTL_REQUIRE=netns")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, Pdeathsig: syscall.SIGKILL,
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("as nobody: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "--- SKIP") || strings.Contains(line, "_test.go:") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if strings.Contains(string(out), "--- SKIP") {
		t.Error("as nobody, tests were skipped")
	}
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o755)
}
