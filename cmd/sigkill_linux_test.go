package cmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
)

// killPoints are when drillctl is killed: each waits for its moment.
var killPoints = map[string]func(*liveDrill){
	"at once":       func(*liveDrill) { time.Sleep(50 * time.Millisecond) },
	"while raising": func(*liveDrill) { time.Sleep(150 * time.Millisecond) },
	"nodes ready":   func(d *liveDrill) { d.said("nodes ready") },
	"warming up":    func(d *liveDrill) { d.said("warmup:") },
	"steady":        func(d *liveDrill) { d.logged(`"subject":"steady"`) },
	"armed":         func(d *liveDrill) { d.logged("fault.armed") },
	"firing":        func(d *liveDrill) { d.said("firing:") },
	"in force":      func(d *liveDrill) { d.said("in force:"); time.Sleep(time.Second) },
	"taken back":    func(d *liveDrill) { d.said("taken back:") },
	"settling":      func(d *liveDrill) { d.logged(`"subject":"settle"`); time.Sleep(time.Second) },
	"reading back":  func(d *liveDrill) { d.logged(`"subject":"settle"`); time.Sleep(2050 * time.Millisecond) },
	"judging":       func(d *liveDrill) { d.wrote("final-reads.json") },
}

// Nothing outlives a drillctl that is killed, whenever: no process, no link, no
// namespace, no file outside its state directory.
func TestSIGKILL(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	before := traces(t)
	t.Run("at", func(t *testing.T) {
		for name, reach := range killPoints {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := startDrill(t)
				reach(d)
				d.kill()
				d.recovers()
			})
		}
	})
	for _, trace := range traces(t) {
		if !slices.Contains(before, trace) {
			t.Errorf("left on this machine: %s", trace)
		}
	}
}

// The next run needs no help after a kill in the middle of the damage.
func TestRunAfterSIGKILL(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d := startDrill(t)
	d.said("in force:")
	d.kill()
	if code, out := d.exit("analyze", "last"); code != exit.Inconclusive || !strings.Contains(out, "drillctl died") {
		t.Errorf("analyze of the dead run: exit %d\n%s", code, out)
	}
	var out string
	code := againIfBusy(exit.Passed, func() (code int, _ string) {
		code, out = d.exit("run", "--quiet", "../testdata/scenarios/short.yaml")
		return code, out
	})
	if code != exit.Passed {
		t.Errorf("the next run: exit %d\n%s", code, out)
	}
	if code, out := d.exit("recover", "--check"); code != exit.Passed {
		t.Errorf("recover --check after the next run: exit %d\n%s", code, out)
	}
	if left, err := os.ReadDir(filepath.Join(d.state, "data")); err != nil || len(left) > 0 {
		t.Errorf("data left: %v %v", left, err)
	}
	d.manifest()
	if code, out := d.exit("runs"); code != exit.Passed || !strings.Contains(out, "never finished") {
		t.Errorf("runs: exit %d\n%s", code, out)
	}
}

// manifest checks that the last run's files are what its manifest says, also
// those that grow until the last node has ended.
func (d *liveDrill) manifest() {
	d.t.Helper()
	dir, err := rundir.Find(d.state, "last")
	if err != nil {
		d.t.Fatal(err)
	}
	var m rundir.ManifestFile
	if err := dir.ReadJSON(rundir.Manifest, &m); err != nil {
		d.t.Fatal(err)
	}
	sums := m.Files
	if len(sums) < 20 {
		d.t.Errorf("%d files in the manifest", len(sums))
	}
	for _, s := range sums {
		data, err := os.ReadFile(dir.Path(filepath.FromSlash(s.Path)))
		if err != nil || rundir.Sum(data) != s.SHA256 {
			d.t.Errorf("%s is not what the manifest says: %v", s.Path, err)
		}
	}
}

// kill kills drillctl alone and looks at what is left after two seconds.
func (d *liveDrill) kill() {
	d.t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	d.wait()
	d.eventually(2*time.Second, "all processes gone", func() bool { return len(d.processes()) == 0 })
	left, err := os.ReadDir(d.tmp)
	if err != nil || len(left) > 0 {
		d.t.Errorf("left in TMPDIR: %v %v", left, err)
	}
}

// recovers says that nothing is outstanding after recover, and nothing is left.
func (d *liveDrill) recovers() {
	d.t.Helper()
	if code, out := d.exit("recover", "--check"); code != exit.Passed && code != exit.Broken {
		d.t.Errorf("recover --check: exit %d\n%s", code, out)
	}
	for _, args := range [][]string{{"recover"}, {"recover", "--check"}, {"doctor"}} {
		if code, out := d.exit(args...); code != exit.Passed {
			d.t.Errorf("%s: exit %d\n%s", args, code, out)
		}
	}
	if left, err := os.ReadDir(filepath.Join(d.state, "data")); err == nil && len(left) > 0 {
		d.t.Errorf("recover left data behind: %v", left)
	}
}

const badCertificate = `apiVersion: drillctl/v1
name: bad-certificate
system:
  gateway:
    regions:
      us-east: {role: primary}
      us-west: {role: standby, gateways: 1, apis: 1}
      eu: {role: standby, gateways: 1, apis: 1}
    health: {interval: 500ms, timeout: 250ms, threshold: 2}
    tls: {}
load: {rate: 20/s, writes: 5/s, timeout: 1s, deadline: 500ms, profile: fresh}
steady: {for: 1s, success: 95%}
hold: 1s
steps:
  - {at: 500ms, fault: certificate, on: {region: us-east, role: gateway}, serves: expired, for: 20s}
settle: 2s
objectives: {availability: 20%, rto: 30s}
`

// A bad certificate is damage that the journal alone knows of. When drillctl is killed
// while it is served it ends with the gateways that serve it: recover finds nobody to
// take it back from, says so of none that is left, and keys stay nowhere.
func TestSIGKILLWhileCertificateIsBad(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d := newLiveDrill(t)
	file := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(file, []byte(badCertificate), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(nil, "run", file)
	d.said("in force:")
	d.kill()
	dir, err := rundir.Find(d.state, "last")
	if err != nil {
		t.Fatal(err)
	}
	if left, err := journal.Left(dir.Path(rundir.Journal)); err != nil || len(left) != 2 || left[0].Kind != "certificate" {
		t.Errorf("the journal of the dead run has %+v, %v; want the certificates of two gateways", left, err)
	}
	d.recovers()
	if left, err := journal.Left(dir.Path(rundir.Journal)); err != nil || len(left) > 0 {
		t.Errorf("outstanding after recover: %+v, %v", left, err)
	}
	if keys, err := filepath.Glob(filepath.Join(d.state, "data", "*", "*", "tls", "*")); err != nil || len(keys) > 0 {
		t.Errorf("keys are left: %v, %v", keys, err)
	}
}
