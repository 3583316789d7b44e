package evidence

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/rundir"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A world is a state directory with two sealed runs, one that never finished,
// notes, and a signature.
type world struct {
	root    string
	a, b, c rundir.Dir
	key     ed25519.PrivateKey
}

func key(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	priv, pub, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	k, err := PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := PublicKey(pub); err != nil || !p.Equal(k.Public()) {
		t.Fatalf("the halves do not fit: %v", err)
	}
	return k
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func register(t *testing.T, root, id string) rundir.Dir {
	t.Helper()
	d, err := rundir.Create(root, id)
	ok(t, err)
	_, err = d.WriteAttempt(noon, drill.ScenarioRef{Name: "x", SHA256: "5ce"}, nil)
	ok(t, err)
	return d
}

func finish(t *testing.T, d rundir.Dir, k ed25519.PrivateKey) {
	t.Helper()
	ok(t, d.WriteJSON(rundir.Record, drill.Record{Schema: drill.RecordSchema, RunID: d.ID, Verdict: drill.Pass, Cleanup: drill.Cleanup{Verified: true},
		Scenario: drill.ScenarioRef{Name: "x", SHA256: "5ce"}, Tool: drill.Tool{SHA256: "b1"},
		Objectives: []drill.Result{{Objective: drill.Objective{ID: "rto"}, Verdict: drill.Pass}}}))
	ok(t, d.Write(rundir.Events, []byte("{}\n")))
	ok(t, os.WriteFile(d.Path("logs/node.log"), []byte("hello\n"), 0o644))
	ok(t, Seal(d, k, noon))
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{root: t.TempDir(), key: key(t)}
	w.a = register(t, w.root, "a")
	w.c = register(t, w.root, "c")
	finish(t, w.a, w.key)
	w.b = register(t, w.root, "b")
	finish(t, w.b, w.key)
	for _, text := range []string{"one", "two"} {
		_, err := Add(w.a, people.Entry{At: noon, Kind: people.Note, Text: text}, nil)
		ok(t, err)
	}
	_, err := Add(w.a, people.Entry{At: noon, Kind: people.Signature, By: "Ada", Role: "CISO"}, w.key)
	ok(t, err)
	return w
}

// copy is the same world in a directory of its own.
func (w world) copy(t *testing.T) world {
	t.Helper()
	root := t.TempDir()
	ok(t, os.CopyFS(root, os.DirFS(w.root)))
	at := func(d rundir.Dir) rundir.Dir { return rundir.Dir{Root: root, ID: d.ID} }
	return world{root: root, a: at(w.a), b: at(w.b), c: at(w.c), key: w.key}
}

func (w world) keys() []ed25519.PublicKey {
	return []ed25519.PublicKey{w.key.Public().(ed25519.PublicKey)}
}

func (w world) verify(t *testing.T, o Options) Result {
	t.Helper()
	r, err := Verify(w.root, o)
	ok(t, err)
	return r
}

func said(r Result) string {
	var out []string
	for _, p := range r.Problems {
		out = append(out, strings.TrimSpace(p.Run+" "+p.Text))
	}
	return strings.Join(out, "\n")
}

func TestWhole(t *testing.T) {
	w := newWorld(t)
	r := w.verify(t, Options{Keys: w.keys()})
	if got := said(r); got != "" {
		t.Fatalf("an untouched directory has problems:\n%s", got)
	}
	if len(r.Runs) != 3 || !r.Runs[0].Sealed || r.Runs[1].Sealed || len(r.Runs[0].Signed) != 1 || r.Lines != 10 {
		t.Errorf("%+v", r)
	}
	// without the key a signature is neither good nor bad
	if r := w.verify(t, Options{}); len(r.Problems) > 0 || len(r.Runs[0].Unknown) != 1 || len(r.Runs[0].Signed) != 0 {
		t.Errorf("%+v", r)
	}
	if r := w.verify(t, Options{Head: r.Head}); len(r.Problems) > 0 {
		t.Errorf("with its own head: %s", said(r))
	}
	if r := w.verify(t, Options{Run: "b"}); len(r.Runs) != 1 || r.Runs[0].Run != "b" {
		t.Errorf("one run only: %+v", r.Runs)
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	ok(t, err)
	data[len(data)/2] ^= 1
	ok(t, os.WriteFile(path, data, 0o644))
}

func lines(t *testing.T, path string, change func([][]byte) [][]byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	ok(t, err)
	ls := change(bytes.SplitAfter(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")))
	out := bytes.Join(ls, nil)
	if !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, '\n')
	}
	ok(t, os.WriteFile(path, out, 0o644))
}

// TestTampering does one thing to an untouched directory and expects it to be
// named.
func TestTampering(t *testing.T) {
	whole := newWorld(t)
	without := func(i int) func([][]byte) [][]byte {
		return func(ls [][]byte) [][]byte { return slices.Delete(ls, i, i+1) }
	}
	for name, c := range map[string]struct {
		do   func(*testing.T, world)
		want string
	}{
		"record changed":     {func(t *testing.T, w world) { flip(t, w.a.Path(rundir.Record)) }, "a record.json was changed"},
		"log changed":        {func(t *testing.T, w world) { flip(t, w.a.Path("logs/node.log")) }, "a logs/node.log was changed"},
		"attempt changed":    {func(t *testing.T, w world) { flip(t, w.a.Path(rundir.Attempt)) }, "a attempt.json was changed"},
		"unfinished changed": {func(t *testing.T, w world) { flip(t, w.c.Path(rundir.Attempt)) }, "c attempt.json was changed"},
		"manifest changed": {func(t *testing.T, w world) {
			data, err := os.ReadFile(w.a.Path(rundir.Manifest))
			ok(t, err)
			ok(t, os.WriteFile(w.a.Path(rundir.Manifest), append(data, ' '), 0o644))
		}, "a manifest.json was changed"},
		"record and manifest changed": {func(t *testing.T, w world) {
			flip(t, w.a.Path("logs/node.log"))
			var m rundir.ManifestFile
			ok(t, w.a.ReadJSON(rundir.Manifest, &m))
			files, err := w.a.Present()
			ok(t, err)
			m.Files = files
			ok(t, w.a.WriteJSON(rundir.Manifest, m))
		}, "a manifest.json was changed"},
		"statement changed": {func(t *testing.T, w world) { flip(t, w.a.Path(rundir.Statement)) }, "a statement.json is not what"},
		"statement removed": {func(t *testing.T, w world) { ok(t, os.Remove(w.a.Path(rundir.Statement))) }, "a statement.json, which was signed, is missing"},
		"envelope changed":  {func(t *testing.T, w world) { flip(t, w.a.Path(rundir.Envelope)) }, "a statement.dsse.json was changed"},
		"envelope removed":  {func(t *testing.T, w world) { ok(t, os.Remove(w.a.Path(rundir.Envelope))) }, "a statement.dsse.json was removed"},
		"envelope of another key": {func(t *testing.T, w world) {
			ok(t, os.Remove(w.a.Path(rundir.Envelope)))
			ok(t, Sign(w.a, key(t), noon))
		}, "a no signature of a given key holds"},
		"file removed":     {func(t *testing.T, w world) { ok(t, os.Remove(w.a.Path(rundir.Events))) }, "a events.jsonl was removed"},
		"file added":       {func(t *testing.T, w world) { ok(t, os.WriteFile(w.a.Path("logs/more.log"), nil, 0o644)) }, "a logs/more.log was added"},
		"link added":       {func(t *testing.T, w world) { ok(t, os.Symlink("/dev/null", w.a.Path("x"))) }, "a x was added"},
		"manifest removed": {func(t *testing.T, w world) { ok(t, os.Remove(w.a.Path(rundir.Manifest))) }, "a manifest.json is missing"},
		"run removed":      {func(t *testing.T, w world) { ok(t, os.RemoveAll(w.a.Path(""))) }, "a the run was removed"},
		"attempt removed":  {func(t *testing.T, w world) { ok(t, os.RemoveAll(w.c.Path(""))) }, "c the run was removed"},
		"run added": {func(t *testing.T, w world) {
			ok(t, os.CopyFS(w.a.Path("")+"x", os.DirFS(w.a.Path(""))))
		}, "ax the chain does not know it"},
		"runs swapped": {func(t *testing.T, w world) {
			tmp := filepath.Join(w.root, "tmp")
			ok(t, os.Rename(w.a.Path(""), tmp))
			ok(t, os.Rename(w.b.Path(""), w.a.Path("")))
			ok(t, os.Rename(tmp, w.b.Path("")))
		}, "a manifest.json is that of run b: runs were swapped"},
		"note changed": {func(t *testing.T, w world) {
			lines(t, w.a.Path(rundir.People), func(ls [][]byte) [][]byte { ls[0] = bytes.Replace(ls[0], []byte("one"), []byte("ONE"), 1); return ls })
		}, "a people.jsonl: line 1 was changed"},
		"note removed":      {func(t *testing.T, w world) { lines(t, w.a.Path(rundir.People), without(0)) }, "a people.jsonl: line 1 is numbered 2"},
		"last note removed": {func(t *testing.T, w world) { lines(t, w.a.Path(rundir.People), without(2)) }, "a people.jsonl: line 3 was removed"},
		"notes removed":     {func(t *testing.T, w world) { ok(t, os.Remove(w.a.Path(rundir.People))) }, "a people.jsonl was removed"},
		"note added": {func(t *testing.T, w world) {
			data, err := os.ReadFile(w.a.Path(rundir.People))
			ok(t, err)
			root, err := w.a.SumOf(rundir.Attempt)
			ok(t, err)
			_, line := people.Append(data, root, people.Entry{Kind: people.Note, Text: "I was here"})
			ok(t, os.WriteFile(w.a.Path(rundir.People), append(data, line...), 0o644))
		}, "a people.jsonl: line 4 was added without drillctl"},
		"chain line changed": {func(t *testing.T, w world) {
			lines(t, filepath.Join(w.root, rundir.Chain), func(ls [][]byte) [][]byte {
				ls[1] = bytes.Replace(ls[1], []byte("2026"), []byte("2025"), 1)
				return ls
			})
		}, "chain.jsonl: line 3 (seal of a) does not follow"},
		"chain line removed": {func(t *testing.T, w world) { lines(t, filepath.Join(w.root, rundir.Chain), without(1)) }, "chain.jsonl: line 2 is numbered 3"},
		"chain lines swapped": {func(t *testing.T, w world) {
			lines(t, filepath.Join(w.root, rundir.Chain), func(ls [][]byte) [][]byte { ls[0], ls[1] = ls[1], ls[0]; return ls })
		}, "chain.jsonl: line 1 is numbered 2"},
		"chain removed": {func(t *testing.T, w world) { ok(t, os.Remove(filepath.Join(w.root, rundir.Chain))) }, "a the chain does not know it"},
		"chain cut": {func(t *testing.T, w world) {
			lines(t, filepath.Join(w.root, rundir.Chain), func(ls [][]byte) [][]byte { return ls[:5] })
		}, "b it has a manifest, but the chain does not know it"},
	} {
		t.Run(name, func(t *testing.T) {
			w := whole.copy(t)
			c.do(t, w)
			if got := said(w.verify(t, Options{Keys: w.keys()})); !strings.Contains(got, c.want) {
				t.Errorf("got\n%s\nwant %q", got, c.want)
			}
		})
	}
}

// Whoever owns the disk can write everything anew; only a head that was kept
// elsewhere tells.
func TestHeadIsTheAnchor(t *testing.T) {
	w := newWorld(t)
	head := w.verify(t, Options{}).Head
	ok(t, os.Remove(filepath.Join(w.root, rundir.Chain)))
	ok(t, os.RemoveAll(filepath.Join(w.root, "runs")))
	finish(t, register(t, w.root, "only"), nil)
	if r := w.verify(t, Options{}); len(r.Problems) > 0 {
		t.Fatalf("a whole new history: %s", said(r))
	}
	if got := said(w.verify(t, Options{Head: head})); !strings.Contains(got, "does not hold the head "+head) {
		t.Errorf("%q", got)
	}
}

func TestEveryByte(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{rundir.Attempt, rundir.Record, rundir.Manifest, rundir.Statement, rundir.Envelope, rundir.People} {
		data, err := os.ReadFile(w.a.Path(name))
		ok(t, err)
		for i := 0; i < len(data); i += 7 {
			bad := bytes.Clone(data)
			bad[i] ^= 1
			ok(t, os.WriteFile(w.a.Path(name), bad, 0o644))
			if r := w.verify(t, Options{Run: "a"}); len(r.Problems) == 0 {
				t.Errorf("%s: byte %d changed unseen", name, i)
			}
		}
		ok(t, os.WriteFile(w.a.Path(name), data, 0o644))
	}
}

// Nothing follows the last line of the chain, whatever it is about: a change of it is
// seen all the same.
func TestEveryByteOfTheLastLine(t *testing.T) {
	for name, last := range map[string]func(rundir.Dir){
		"attempt":   func(rundir.Dir) {},
		"seal":      func(d rundir.Dir) { finish(t, d, nil) },
		"signature": func(d rundir.Dir) { finish(t, d, key(t)) },
		"people": func(d rundir.Dir) {
			_, err := Add(d, people.Entry{At: noon, Kind: people.Note, Text: "one"}, nil)
			ok(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := world{root: t.TempDir()}
			last(register(t, w.root, "a"))
			if got := said(w.verify(t, Options{})); got != "" {
				t.Fatalf("untouched: %s", got)
			}
			path := filepath.Join(w.root, rundir.Chain)
			data, err := os.ReadFile(path)
			ok(t, err)
			for i := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1; i < len(data); i++ {
				for _, bit := range []byte{1, 0x20} {
					bad := bytes.Clone(data)
					bad[i] ^= bit
					ok(t, os.WriteFile(path, bad, 0o644))
					if r := w.verify(t, Options{}); len(r.Problems) == 0 {
						t.Errorf("byte %d changed unseen: %s", i, bad)
					}
				}
			}
		})
	}
}

// A statement that nobody signed is missed, too.
func TestUnsignedStatementRemoved(t *testing.T) {
	w := world{root: t.TempDir()}
	d := register(t, w.root, "a")
	finish(t, d, nil)
	ok(t, os.Remove(d.Path(rundir.Statement)))
	if got := said(w.verify(t, Options{})); got != "a statement.json was removed" {
		t.Errorf("%q", got)
	}
}

// Sealing again is told; what was signed before holds no longer.
func TestSealedAgain(t *testing.T) {
	w := newWorld(t)
	ok(t, os.WriteFile(w.a.Path(rundir.Journal), []byte("{}\n"), 0o644))
	ok(t, Seal(w.a, nil, noon))
	r := w.verify(t, Options{})
	if len(r.Problems) > 0 || r.Runs[0].Seals != 2 || len(r.Runs[0].Unknown) != 1 { // the person's own signature is of the person's line
		t.Errorf("%s %+v", said(r), r.Runs[0])
	}
}

func TestTornChain(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(w.root, rundir.Chain)
	data, err := os.ReadFile(path)
	ok(t, err)
	for _, cut := range []int{1, 40, 100} {
		ok(t, os.WriteFile(path, append(bytes.Clone(data), data[:cut]...), 0o644))
		if _, err := rundir.Extend(w.root, rundir.Link{Kind: rundir.LinkAttempt, Run: "z", SHA256: "00"}); err != nil {
			t.Fatal(err)
		}
		if got := said(w.verify(t, Options{})); got != "z the run was removed: its directory is missing" {
			t.Errorf("after a torn line of %d bytes: %q", cut, got)
		}
	}
}

func TestConcurrentRuns(t *testing.T) {
	root := t.TempDir()
	done := make(chan error)
	for i := range 20 {
		go func() {
			d, err := rundir.Create(root, fmt.Sprintf("r%02d", i))
			if err == nil {
				_, err = d.WriteAttempt(noon, drill.ScenarioRef{Name: "x"}, nil)
			}
			if err == nil {
				err = Seal(d, nil, noon)
			}
			done <- err
		}()
	}
	for range 20 {
		ok(t, <-done)
	}
	if r, err := Verify(root, Options{}); err != nil || len(r.Problems) > 0 || r.Lines != 40 {
		t.Errorf("%d lines, %s, %v", r.Lines, said(r), err)
	}
}

func TestStatement(t *testing.T) {
	rec := drill.Record{RunID: "r", Verdict: drill.Pass, Cleanup: drill.Cleanup{Verified: true}, Scenario: drill.ScenarioRef{Name: "x", SHA256: "5c"}, Tool: drill.Tool{SHA256: "b1"},
		Objectives: []drill.Result{{Objective: drill.Objective{ID: "rto"}, Verdict: drill.Pass}, {Objective: drill.Objective{ID: "rpo"}, Verdict: drill.Inconclusive}}}
	for _, c := range []struct {
		change func(*drill.Record)
		result string
	}{
		{func(*drill.Record) {}, "PASSED"},
		{func(r *drill.Record) { r.Verdict = drill.Inconclusive }, "FAILED"},
		{func(r *drill.Record) { r.Verdict = drill.Fail }, "FAILED"},
		{func(r *drill.Record) { r.Verdict = drill.Unjudged }, "FAILED"},
		{func(r *drill.Record) { r.Cleanup.Verified = false }, "FAILED"},
	} {
		r := rec
		c.change(&r)
		var s statement
		ok(t, json.Unmarshal(Statement(r, "11", drill.Configuration{}), &s))
		if s.Predicate.Result != c.result || s.Type != statementType || s.PredicateType != predicateType || s.Subject[0].Digest["sha256"] != "11" {
			t.Errorf("%+v, want %s", s, c.result)
		}
		if !slices.Equal(s.Predicate.Passed, []string{"rto"}) || !slices.Equal(s.Predicate.Failed, []string{"rpo: inconclusive"}) {
			t.Errorf("%+v", s.Predicate)
		}
	}
}

// The subjects are what was tested: drillctl is only where it was the system.
func TestSubjects(t *testing.T) {
	part := func(instance, image, id string, digests ...string) drill.Configured {
		return drill.Configured{Instance: instance, Settings: []drill.Setting{{Path: "image", Value: image}, {Path: "image.id", Value: id}}, RepoDigests: digests}
	}
	older := part("e", "old:1", "")
	older.Settings[1] = drill.Setting{Path: "image.digest", Value: "sha256:05"}
	containers := drill.Configuration{Parts: []drill.Configured{part("b", "shop:2", "sha256:02"), part("a", "edge:1", "sha256:01", "ghcr.io/acme/edge@sha256:a1", "mirror/edge@sha256:a2"),
		part("c", "shop:2", "sha256:02"), part("d", "new:1", "not pulled"), older, part("f", "edge:1", "sha256:01", "ghcr.io/acme/edge@sha256:a1", "mirror/edge@sha256:a2")}}
	const registry, local = " (image manifest, as registries know it; edge:1, engine's sha256:01)", " (image ID of the engine; no registry knows it)"
	for _, c := range []struct {
		system   string
		snapshot drill.Configuration
		want     string
	}{
		{bundled, drill.Configuration{}, "r/manifest.json 11, drillctl b1"},
		{"https://shop.example.com", drill.Configuration{}, "r/manifest.json 11"},
		{"Compose project shop", containers, "r/manifest.json 11, ghcr.io/acme/edge a1" + registry + ", mirror/edge a2" + registry + ", old:1 05, shop:2 02" + local},
	} {
		var s statement
		ok(t, json.Unmarshal(Statement(drill.Record{RunID: "r", Tool: drill.Tool{SHA256: "b1"}, Environment: drill.Environment{System: c.system}}, "11", c.snapshot), &s))
		var got []string
		for _, d := range s.Subject {
			text := d.Name + " " + d.Digest["sha256"]
			switch a := d.Annotations; {
			case a["imageID"] != "":
				text += " (" + a["digestOf"] + "; " + a["image"] + ", engine's " + a["imageID"] + ")"
			case len(a) > 0:
				text += " (" + a["digestOf"] + ")"
			}
			got = append(got, text)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %v, want %s", c.system, got, c.want)
		}
	}
}

func TestKeys(t *testing.T) {
	for _, bad := range []string{"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := PrivateKey([]byte(bad)); err == nil {
			t.Errorf("%q is a private key", bad)
		}
		if _, err := PublicKey([]byte(bad)); err == nil {
			t.Errorf("%q is a public key", bad)
		}
	}
}
