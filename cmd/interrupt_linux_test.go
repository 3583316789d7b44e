package cmd

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
)

// interrupt is Ctrl-C: the terminal signals the whole process group.
func (d *liveDrill) interrupt() { d.signal(syscall.SIGINT) }

// hangUp is the end of the terminal.
func (d *liveDrill) hangUp() { d.signal(syscall.SIGHUP) }

func (d *liveDrill) signal(s syscall.Signal) {
	d.t.Helper()
	if err := syscall.Kill(-d.cmd.Process.Pid, s); err != nil {
		d.t.Fatal(err)
	}
}

// deaf closes the reading end of stderr.
func (d *liveDrill) deaf() {
	d.t.Helper()
	if err := d.stderr.Close(); err != nil {
		d.t.Fatal(err)
	}
}

func (d *liveDrill) gone() {
	d.t.Helper()
	d.eventually(2*time.Second, "all processes gone", func() bool { return len(d.processes()) == 0 })
}

// Ctrl-C takes everything back and leaves a record.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d := startDrill(t)
	d.said("in force:")
	d.interrupt()
	if code := d.wait(); code != exit.Interrupted {
		t.Errorf("exit %d", code)
	}
	d.gone()
	var rec drill.Record
	if err := d.run().ReadJSON(rundir.Record, &rec); err != nil {
		t.Fatal(err)
	}
	if rec.Outcome != runner.Interrupted || rec.Verdict == drill.Pass || !rec.Cleanup.Verified {
		t.Errorf("outcome %s, verdict %s, cleanup %+v", rec.Outcome, rec.Verdict, rec.Cleanup)
	}
	if code, out := d.exit("recover", "--check"); code != exit.Passed {
		t.Errorf("recover --check: exit %d\n%s", code, out)
	}
	if code, out := d.exit("analyze", "last", "--check"); code != exit.Passed {
		t.Errorf("analyze --check: exit %d\n%s", code, out)
	}
	if code, out := d.exit("runs"); code != exit.Passed || !strings.Contains(out, "interrupted") {
		t.Errorf("runs: exit %d\n%s", code, out)
	}
}

// Ctrl-C before anything was injected is an interrupt, too.
func TestInterruptWhileRaising(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d := startDrill(t)
	d.wrote("logs/host.log")
	d.interrupt()
	if code := d.wait(); code != exit.Interrupted {
		t.Errorf("exit %d", code)
	}
	d.gone()
}

// Twice leaves at once, with the line that mends it.
func TestInterruptTwice(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d := startDrill(t)
	d.said("in force:")
	d.interrupt()
	d.said("once more to leave at once")
	d.interrupt()
	d.said("hint: drillctl recover ")
	if code := d.wait(); code != exit.Broken {
		t.Errorf("exit %d", code)
	}
	d.gone()
	d.recovers()
}

// A reader that is gone (a pipe to head, a CI agent that died) ends no drill: a pass
// is still one, and nothing is left.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d := newLiveDrill(t)
	scenario, err := filepath.Abs("../testdata/scenarios/short.yaml")
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d.start(write, "run", scenario)
	d.said("in force:")
	d.deaf()
	if err := errors.Join(read.Close(), write.Close()); err != nil {
		t.Fatal(err)
	}
	if code := d.wait(); code != exit.Passed {
		t.Errorf("exit %d", code)
	}
	d.gone()
	var rec drill.Record
	if err := d.run().ReadJSON(rundir.Record, &rec); err != nil {
		t.Fatal(err)
	}
	if rec.Verdict != drill.Pass || !rec.Cleanup.Verified {
		t.Errorf("verdict %s, cleanup %+v", rec.Verdict, rec.Cleanup)
	}
}

// A terminal that is gone is an interrupt, and told of twice only one.
func TestTerminalGone(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d := startDrill(t)
	d.said("in force:")
	d.hangUp()
	d.said("once more to leave at once")
	d.hangUp()
	if code := d.wait(); code != exit.Interrupted {
		t.Errorf("exit %d", code)
	}
	d.gone()
	if code, out := d.exit("recover", "--check"); code != exit.Passed {
		t.Errorf("recover --check: exit %d\n%s", code, out)
	}
}
