package cmd

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

// tamperings are what is done to one file; an empty one has no byte to change, and
// gets one.
var tamperings = map[string]func(path string, data []byte) error{
	"removed": func(path string, _ []byte) error { return os.Remove(path) },
	"first byte changed": func(path string, data []byte) error {
		return os.WriteFile(path, changed(data, 0), 0o600)
	},
	"middle byte changed": func(path string, data []byte) error {
		return os.WriteFile(path, changed(data, len(data)/2), 0o600)
	},
	"last byte changed": func(path string, data []byte) error {
		return os.WriteFile(path, changed(data, len(data)-1), 0o600)
	},
	"byte added": func(path string, data []byte) error {
		return os.WriteFile(path, append(slices.Clip(data), ' '), 0o600)
	},
}

func changed(data []byte, i int) []byte {
	if len(data) == 0 {
		return []byte{' '}
	}
	data = bytes.Clone(data)
	data[i] ^= 1
	return data
}

// TestTamperingWithRealRuns leaves runs of every kind in one state directory (one
// that died and was noted by the next, one that died in the middle of damage and
// was recovered, one that could not be sealed, one that could not be signed, one
// that is whole, with notes and signatures), and then does everything to each file
// that is really there: verify names it.
func TestTamperingWithRealRuns(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d := realRuns(t)
	found, err := evidence.Verify(d.state, evidence.Options{})
	if err != nil || len(found.Runs) != 5 {
		t.Fatalf("%d runs (%v)", len(found.Runs), err)
	}
	seen := map[string]bool{}
	for i, s := range found.Runs {
		if want := i == 2 || i == 3; (len(s.Problems) == 1) != want || !want && len(s.Problems) > 0 {
			t.Errorf("untouched, run %d of five: %q", i+1, s.Problems)
		}
		tamperWith(t, d.state, s.Run, s.Problems, seen)
	}
	for _, name := range []string{rundir.Attempt, rundir.Record, rundir.Events, rundir.Samples, rundir.Journal, rundir.Manifest, rundir.Unsealed,
		rundir.People, rundir.Statement, rundir.Envelope, rundir.Configuration, rundir.LockFile, rundir.Scenario, rundir.Spec, rundir.Head, rundir.FinalReads} {
		if !seen[name] {
			t.Errorf("no run left %s: nothing was shown of it", name)
		}
	}
	tamperWithChain(t, d.state, len(found.Problems))
	again, err := evidence.Verify(d.state, evidence.Options{})
	if err != nil || len(again.Problems) != len(found.Problems) {
		t.Errorf("the test itself has changed something: %v (%v)", again.Problems, err)
	}
}

// realRuns makes the five runs, oldest first.
func realRuns(t *testing.T) *liveDrill {
	t.Helper()
	d := newLiveDrill(t)
	key, settings := filepath.Join(d.tmp, "..", "a.key"), filepath.Join(d.tmp, "..", "drillctl.yaml")
	scenario, err := filepath.Abs("../testdata/scenarios/short.yaml")
	if err != nil {
		t.Fatal(err)
	}
	must := func(args ...string) {
		t.Helper()
		if code, out := d.exit(args...); code != exit.Passed {
			t.Fatalf("%s: exit %d\n%s", args, code, out)
		}
	}
	must("keygen", key)
	if err := os.WriteFile(settings, []byte("signing-key: "+key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	newest := func() rundir.Dir {
		t.Helper()
		last, err := rundir.Find(d.state, "last")
		if err != nil {
			t.Fatal(err)
		}
		return last
	}
	run := func() { d.start(nil, "run", "--config", settings, scenario) }
	run() // died; the run after the next notes it
	d.said("nodes ready")
	d.kill()
	run() // died, and was recovered
	d.said("in force:")
	d.kill()
	must("recover")
	must("recover", "--check")
	run() // cannot be sealed: something is in the manifest's place
	d.said("in force:")
	block := newest().Path(rundir.Manifest)
	if err := os.MkdirAll(filepath.Join(block, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	d.wait()
	run() // cannot be signed: the key is gone
	d.said("in force:")
	if err := os.Rename(key, key+"-away"); err != nil {
		t.Fatal(err)
	}
	d.wait()
	if err := errors.Join(os.RemoveAll(block), os.Rename(key+"-away", key)); err != nil {
		t.Fatal(err)
	}
	run()
	d.wait()
	whole := newest().ID
	must("note", whole, "the pool was small", "--finding", "--owner", "ada", "--due", "2027-01-31")
	must("sign", whole, "--name", "Ada", "--role", "CISO", "--key", key)
	return d
}

func tamperWith(t *testing.T, root, run string, base []string, seen map[string]bool) {
	t.Helper()
	dir := rundir.Dir{Root: root, ID: run}
	err := filepath.WalkDir(dir.Path(""), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir.Path(""), path)
		if err != nil {
			return err
		}
		seen[name] = true
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for what, do := range tamperings {
			if err := do(path, data); err != nil {
				return err
			}
			found, err := evidence.Verify(root, evidence.Options{Run: run})
			if err != nil {
				return err
			}
			if !names(found.Problems, base, name) {
				t.Errorf("%s of %s %s: verify says %q", name, run, what, found.Problems)
			}
			if err := os.WriteFile(path, data, 0o600); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// names says whether a problem that was not there before names the file.
func names(found []evidence.Problem, base []string, file string) bool {
	return slices.ContainsFunc(found, func(p evidence.Problem) bool {
		return strings.Contains(p.Text, file) && !slices.Contains(base, p.Text)
	})
}

// tamperWithChain changes, removes and swaps the lines of the chain.
func tamperWithChain(t *testing.T, root string, base int) {
	t.Helper()
	path := filepath.Join(root, rundir.Chain)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Collect(bytes.Lines(data))
	try := func(what string, i int, out [][]byte) {
		t.Helper()
		if err := os.WriteFile(path, bytes.Join(out, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := evidence.Verify(root, evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Problems) <= base {
			t.Errorf("line %d of %d of the chain %s: %s", i+1, len(lines), what, lines[i])
		}
	}
	for i, line := range lines {
		for at := 0; at < len(line); at += 11 {
			out := slices.Clone(lines)
			out[i] = changed(line, at)
			try("changed", i, out)
		}
		try("removed", i, slices.Delete(slices.Clone(lines), i, i+1))
		if i > 0 {
			out := slices.Clone(lines)
			out[i-1], out[i] = out[i], out[i-1]
			try("swapped with the one before", i, out)
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
