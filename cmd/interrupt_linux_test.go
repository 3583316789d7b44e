package cmd

import (
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
func (d *liveDrill) interrupt() {
	d.t.Helper()
	if err := syscall.Kill(-d.cmd.Process.Pid, syscall.SIGINT); err != nil {
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
