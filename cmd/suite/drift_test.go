package suite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/drift"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
)

// looked is what a drill of an entry would say of drift, kept as if it had run.
func looked(t *testing.T, e entry, root, id string) drill.Record {
	t.Helper()
	head := drill.Record{Schema: drill.RecordSchema, RunID: id, Scenario: e.Ref(), Environment: subject.Environment(e.on.Where(), nil), Outcome: runner.Completed, Verdict: drill.Pass,
		Began: time.Date(2026, 11, 27, 7, 0, 0, 0, time.UTC), Ended: time.Date(2026, 11, 27, 7, 1, 0, 0, time.UTC), Spec: e.Scenario.Spec()}
	c, err := drift.Look(t.Context(), e.Drill, e.on, root, &head)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := rundir.Create(root, id)
	if err != nil {
		t.Fatal(err)
	}
	_, err = dir.WriteAttempt(head.Began, head.Scenario, nil)
	for name, v := range map[string]any{rundir.Head: head, rundir.Record: head, rundir.Configuration: c} {
		if err == nil {
			err = dir.WriteJSON(name, v)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func judged(e entry, head drill.Record) drill.Result {
	e.Scenario.Drift.Mode = "fail"
	results, _, _ := drill.Judge(e.Scenario.Spec(), drill.Analysis{Readings: []drill.Reading{head.Drift.Reading(e.Scenario.Spec().Drift)}})
	return results[len(results)-1]
}

// The regions of the bundled system differ in nothing but where they are, and
// with the bug config-drift in just what it changes.
func TestDriftOfTheBundledSystem(t *testing.T) {
	for _, name := range []string{"../../testdata/scenarios/short.yaml", "region-power-loss-sync", "dns-weighted", "dns-geo", "thin-uplink"} {
		sc, _, err := source.Load(terminal.Env{Err: os.Stderr}, name)
		if err != nil {
			t.Fatal(err)
		}
		on, err := subject.Of(terminal.Env{}, sc, nil, "docker")
		if err != nil {
			t.Fatal(err)
		}
		e := entry{Drill: source.Drill{Name: name, Scenario: sc}, on: on}
		head := looked(t, e, t.TempDir(), "20261127T070000-"+sc.Name+"-0001")
		if r := judged(e, head); r.Verdict != drill.Pass || r.Objective.ID != "drift" {
			t.Errorf("%s: %v %s %+v", name, r.Verdict, r.Reason, head.Drift.Findings)
		}
	}
	e := shortEntry(t)
	var err error
	if e.on, err = subject.Of(terminal.Env{}, e.Scenario, []string{"config-drift"}, "process"); err != nil {
		t.Fatal(err)
	}
	head := looked(t, e, t.TempDir(), "20261127T070000-short-0001")
	var got []string
	for _, f := range head.Drift.Findings {
		got = append(got, f.Text)
	}
	want := `dns dns.health.interval: 500ms in us-east, us-west, 1.5s in eu
gateway proxy.health.interval: 500ms in us-east, us-west, 1.5s in eu`
	if strings.Join(got, "\n") != want {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if r := judged(e, head); r.Verdict != drill.Fail {
		t.Errorf("%+v", r)
	}
	e.Scenario.Drift.Ignore = []string{"*.health.interval"}
	if head = looked(t, e, t.TempDir(), "20261127T070000-short-0001"); judged(e, head).Verdict != drill.Pass || head.Drift.Ignored != 2 {
		t.Errorf("%+v", head.Drift)
	}
}

// A drill is held against the one before, and due says what has changed.
func TestDriftSinceTheLastDrill(t *testing.T) {
	root, e := t.TempDir(), shortEntry(t)
	e.Name = filepath.Join(root, "short.yaml")
	e.Scenario.Schedule, e.Scenario.Drift.Files = "quarterly", []string{"gateway.conf"}
	conf := filepath.Join(root, "gateway.conf")
	write := func(text string) {
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("token planted-secret-1")
	if first := looked(t, e, root, "20261127T070000-short-0001"); len(first.Drift.Findings) != 0 || first.Drift.LastRun != "" || len(first.Drift.NotCompared) != 1 {
		t.Errorf("%+v", first.Drift)
	}
	duty := func() (due bool, why string) {
		t.Helper()
		d, err := drift.Duties(t.Context(), drift.Lookout{Root: root, Runtime: "process"}, []source.Drill{e.Drill}, time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC))
		if err != nil || len(d) != 1 {
			t.Fatal(d, err)
		}
		return d[0].Due, d[0].Why
	}
	if due, why := duty(); due {
		t.Errorf("nothing has changed: %s", why)
	}
	write("token planted-secret-2")
	e.Scenario.System.Gateway.TTL *= 3
	e.on, _ = subject.Of(terminal.Env{}, e.Scenario, nil, "process")
	want := "gateway proxy.drain is 4.25s, was 2.25s (us-east-gateway-1, us-east-gateway-2, us-west-gateway-1, eu-gateway-1); " + // it follows from the TTL
		"dns dns.ttl is 3s, was 1s (us-east-dns-1, us-west-dns-1, eu-dns-1); file gateway.conf has another value"
	if due, why := duty(); !due || why != "the system has changed since 20261127T070000-short-0001: "+want {
		t.Errorf("%v %s", due, why)
	}
	second := looked(t, e, root, "20261127T080000-short-0002")
	if len(second.Drift.Findings) != 3 || second.Drift.LastRun != "20261127T070000-short-0001" || second.SystemFingerprint == "" {
		t.Errorf("%+v", second.Drift)
	}
	if third := looked(t, e, root, "20261127T090000-short-0003"); len(third.Drift.Findings) != 0 {
		t.Errorf("%+v", third.Drift)
	}
	if err := os.Remove(conf); err != nil {
		t.Fatal(err)
	}
	if due, why := duty(); !due || !strings.Contains(why, "not known: file gateway.conf of the system: no such file") {
		t.Errorf("%v %s", due, why)
	}
	noSecrets(t, filepath.Join(root, "runs"), "planted-secret")
}

// noSecrets looks for a planted text in all files below a directory.
func noSecrets(t *testing.T, root, planted string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if files++; strings.Contains(string(text), planted) {
			t.Errorf("%s tells a secret", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("looked at %d files: %v", files, err)
	}
}

// The salt is made once, is nobody else's to read, and is no part of a run.
func TestSalt(t *testing.T) {
	root := filepath.Join(t.TempDir(), "state")
	a, err := drift.Salt(root)
	b, again := drift.Salt(root)
	if err != nil || again != nil || string(a) != string(b) || len(a) != drift.SaltBytes {
		t.Errorf("%v, %v", err, again)
	}
	if st, err := os.Stat(filepath.Join(root, "salt")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(root, "salt"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := drift.Salt(root); err == nil || !strings.Contains(err.Error(), "5 bytes") {
		t.Errorf("%v", err)
	}
}
