package cmd

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// An ownEngine is a dockerd of the test's own, in a network namespace of its own:
// it can be ended while others use the machine's.
type ownEngine struct {
	t    *testing.T
	dir  string
	more []string // flags
	cmd  *exec.Cmd
	said bytes.Buffer
	work chan func() // done on the thread whose network dockerd gets
}

// newOwnEngine starts one that the docker command and drillctl use from now on, to
// the end of the test.
func newOwnEngine(t *testing.T, more ...string) *ownEngine {
	t.Helper()
	if testing.Short() {
		t.Skip("drills take time (-short)")
	}
	unable := func(why string) {
		t.Helper()
		if slices.Contains(strings.Split(os.Getenv("DRILLCTL_REQUIRE"), ","), "dockerd") {
			t.Fatal(why)
		}
		t.Skip("no engine of the test's own here: " + why)
	}
	if _, err := exec.LookPath("dockerd"); err != nil {
		unable(err.Error())
	}
	if os.Getuid() != 0 {
		unable("dockerd needs root")
	}
	dir, err := os.MkdirTemp("", "drillctl-engine-") // short: sockets are below it
	if err != nil {
		t.Fatal(err)
	}
	e := &ownEngine{t: t, dir: dir, more: more, work: make(chan func())}
	if err := e.settle(); err != nil {
		unable(err.Error())
	}
	t.Setenv("DOCKER_HOST", e.host())
	t.Cleanup(e.remove)
	if why := e.start(); why != "" {
		unable(why)
	}
	return e
}

func (e *ownEngine) host() string { return "unix://" + filepath.Join(e.dir, "sock") }

// docker asks this engine, and never another.
func (e *ownEngine) docker(args ...string) ([]byte, error) {
	return exec.Command("docker", append([]string{"--host", e.host()}, args...)...).CombinedOutput()
}

// settle makes the network, which outlives every dockerd in it.
func (e *ownEngine) settle() error {
	made := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: it ends with this goroutine
		made <- unix.Unshare(unix.CLONE_NEWNET)
		for do := range e.work {
			do()
		}
	}()
	return <-made
}

// start starts dockerd, and says why it does not answer.
func (e *ownEngine) start() string {
	path := func(name string) string { return filepath.Join(e.dir, name) }
	if err := os.WriteFile(path("daemon.json"), []byte("{}"), 0o600); err != nil {
		e.t.Fatal(err)
	}
	e.said.Reset()
	e.cmd = exec.Command("dockerd", append([]string{"--config-file", path("daemon.json"), "--data-root", path("root"), "--exec-root", path("exec"), "--pidfile", path("pid"),
		"--host", e.host(), "--bridge", "none", "--storage-driver", "vfs",
		"--containerd-namespace", filepath.Base(e.dir), "--containerd-plugins-namespace", filepath.Base(e.dir) + "-plugins"}, e.more...)...)
	e.cmd.Stdout, e.cmd.Stderr = &e.said, &e.said
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	failed := make(chan error)
	e.work <- func() { failed <- e.cmd.Start() }
	if err := <-failed; err != nil {
		return err.Error()
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, err := e.docker("version"); err == nil {
			return ""
		}
		if err := e.cmd.Process.Signal(syscall.Signal(0)); errors.Is(err, os.ErrProcessDone) {
			break
		}
	}
	e.end(syscall.SIGKILL)
	said := strings.Split(strings.TrimSpace(e.said.String()), "\n")
	return "dockerd does not answer: " + strings.Join(said[max(0, len(said)-5):], "\n")
}

// end ends dockerd, and waits for that and for its containerd, which dies with it: a
// new dockerd would take it for its own.
func (e *ownEngine) end(with syscall.Signal) {
	if e.cmd == nil || e.cmd.Process == nil {
		return
	}
	_ = e.cmd.Process.Signal(with) // it may have ended
	late := time.AfterFunc(patience, func() { _ = e.cmd.Process.Kill() })
	defer late.Stop()
	_ = e.cmd.Wait() // how is not the question
	pid, err := os.ReadFile(filepath.Join(e.dir, "exec", "containerd", "containerd.pid"))
	for range 100 {
		if _, gone := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err != nil || gone != nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// remove takes away all of it, and what is mounted there.
func (e *ownEngine) remove() {
	if out, err := e.docker("ps", "--all", "--quiet"); err == nil && len(out) > 0 {
		if out, err := e.docker(append([]string{"rm", "--force", "--volumes"}, strings.Fields(string(out))...)...); err != nil {
			e.t.Errorf("%v: %s", err, out)
		}
	}
	e.end(syscall.SIGTERM)
	close(e.work)
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		e.t.Error(err)
	}
	for _, line := range slices.Backward(strings.Split(string(mounts), "\n")) {
		if f := strings.Fields(line); len(f) > 4 && strings.HasPrefix(f[4], e.dir+"/") {
			_ = unix.Unmount(f[4], unix.MNT_DETACH) // RemoveAll tells
		}
	}
	if err := os.RemoveAll(e.dir); err != nil {
		e.t.Error(err)
	}
	if e.t.Failed() {
		e.t.Logf("dockerd said:\n%s", e.said.String())
	}
}
