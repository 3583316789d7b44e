package cmd

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runner/rundir"
)

// A liveDrill is a drillctl of its own: its own executable by which all its
// descendants can be told, its own state and temporary directory.
type liveDrill struct {
	t     *testing.T
	exe   string
	state string
	tmp   string
	cmd   *exec.Cmd
	lines chan string // of stderr

	stderr io.Closer
	ended  func() // leaves the machine to others
}

func needNamespaces(t *testing.T) {
	t.Helper()
	if ok, err := condition("netns"); err != nil {
		t.Fatal(err)
	} else if !ok {
		t.Skip("drills need user namespaces, and time (not -short): " + noNamespaces())
	}
}

// startDrill starts `drillctl run` of the short scenario.
func startDrill(t *testing.T) *liveDrill {
	t.Helper()
	d := newLiveDrill(t)
	scenario, err := filepath.Abs("../testdata/scenarios/short.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d.start(nil, "run", scenario)
	return d
}

func newLiveDrill(t *testing.T) *liveDrill {
	t.Helper()
	dir := t.TempDir()
	d := &liveDrill{t: t, exe: filepath.Join(dir, "drillctl"), state: filepath.Join(dir, "state"), tmp: filepath.Join(dir, "tmp")}
	if err := errors.Join(os.Link(drillctl(), d.exe), os.Mkdir(d.tmp, 0o755)); err != nil {
		t.Fatal(err)
	}
	return d
}

// start starts a command that goes on while its stderr is read. Its stdout, a
// file and no pipe, has all that was printed before a line of stderr.
func (d *liveDrill) start(stdout *os.File, args ...string) {
	d.t.Helper()
	d.cmd = d.command(args...)
	if stdout != nil {
		d.cmd.Stdout = stdout
	}
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	d.stderr = stderr
	machine.RLock()
	d.ended = sync.OnceFunc(machine.RUnlock)
	d.t.Cleanup(d.ended)
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = d.cmd.Process.Kill() }) // has ended, as a rule
	d.lines = make(chan string, 1000)                // more than a drill says
	go func() {
		defer close(d.lines)
		for s := bufio.NewScanner(stderr); s.Scan(); {
			d.lines <- s.Text()
		}
	}()
}

// command is drillctl with this drill's state, in a process group of its own.
func (d *liveDrill) command(args ...string) *exec.Cmd {
	c := exec.Command(d.exe, args...)
	c.Env = append(os.Environ(), "DRILLCTL_STATE_DIR="+d.state, "TMPDIR="+d.tmp)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// exit runs a command to its end and returns its exit code and output.
func (d *liveDrill) exit(args ...string) (int, string) {
	out, err := d.command(args...).CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		d.t.Fatal(err)
	}
	if ended != nil {
		return ended.ExitCode(), string(out)
	}
	return 0, string(out)
}

const patience = 30 * time.Second

// said waits for a line of stderr.
func (d *liveDrill) said(part string) {
	d.t.Helper()
	limit := time.After(patience)
	var all []string
	for {
		select {
		case line, ok := <-d.lines:
			all = append(all, line)
			if !ok {
				d.t.Fatalf("ended before it said %q:\n%s", part, strings.Join(all, "\n"))
			}
			if strings.Contains(line, part) {
				return
			}
		case <-limit:
			d.t.Fatalf("did not say %q:\n%s", part, strings.Join(all, "\n"))
		}
	}
}

// wrote waits for a file of the run.
func (d *liveDrill) wrote(name string) {
	d.t.Helper()
	d.eventually(patience, "file "+name, func() bool {
		hits, _ := filepath.Glob(filepath.Join(d.state, "runs", "*", name)) // the pattern is good
		return len(hits) > 0
	})
}

// logged waits for an event in the run's log.
func (d *liveDrill) logged(part string) {
	d.t.Helper()
	d.wrote(rundir.Events)
	log := d.run().Path(rundir.Events)
	d.eventually(patience, "event "+part, func() bool {
		events, err := os.ReadFile(log)
		return err == nil && strings.Contains(string(events), part)
	})
}

func (d *liveDrill) eventually(within time.Duration, what string, ok func() bool) {
	d.t.Helper()
	for end := time.Now().Add(within); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// wait waits for the drill to end and returns its exit code.
func (d *liveDrill) wait() int {
	for range d.lines { // until the pipe is closed, as Wait wants it
	}
	_ = d.cmd.Wait() // the code says it all
	d.ended()
	return d.cmd.ProcessState.ExitCode()
}

// run is the only run's directory.
func (d *liveDrill) run() rundir.Dir {
	d.t.Helper()
	all, err := rundir.List(d.state)
	if err != nil || len(all) == 0 {
		d.t.Fatalf("no run in %s: %v", d.state, err)
	}
	return all[0]
}
