package scenarios

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/internal/golden"
)

func corpus(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in %s (%v)", dir, err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".yaml")] = src
	}
	return out
}

// good are all scenarios that must parse: corpus, library, template and examples.
func good(t testing.TB) map[string][]byte {
	t.Helper()
	all := corpus(t, "ok")
	for _, l := range List() {
		_, src, err := Open(l.Name)
		if err != nil {
			t.Fatal(err)
		}
		all["library "+l.Name] = src
	}
	all["template"] = Template()
	examples, err := filepath.Glob("examples/*/*.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples (%v)", err)
	}
	for _, f := range examples {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[f] = src
	}
	return all
}

func TestGoodScenarios(t *testing.T) {
	for name, src := range good(t) {
		t.Run(name, func(t *testing.T) {
			s, problems := Parse(name, src, faults.All())
			for _, p := range problems {
				t.Error(p.Format(src))
			}
			if s == nil {
				t.FailNow()
			}
			again, problems := Parse("resolved", s.Resolved(), faults.All())
			if len(problems) > 0 {
				t.Fatalf("resolved, it has problems: %v\n%s", problems, s.Resolved())
			}
			a, b := s.Spec(), again.Spec()
			for i := range a.Objectives {
				a.Objectives[i].File, a.Objectives[i].Line = "", 0
				b.Objectives[i].File, b.Objectives[i].Line = "", 0
			}
			if !reflect.DeepEqual(a, b) {
				t.Errorf("resolved, it is another drill:\n%+v\n%+v", a, b)
			}
			for i := range s.Steps {
				if !reflect.DeepEqual(s.Steps[i].Damage, again.Steps[i].Damage) {
					t.Errorf("step %d: %+v came back as %+v", i, s.Steps[i].Damage, again.Steps[i].Damage)
				}
			}
		})
	}
}

// Every bad scenario gets the same complaints, with place and hint, as in its
// golden file.
func TestBadScenarios(t *testing.T) {
	for name, src := range corpus(t, "err") {
		t.Run(name, func(t *testing.T) {
			s, problems := Parse(name+".yaml", src, faults.All())
			if s != nil || len(problems) == 0 {
				t.Fatal("it passed")
			}
			var out bytes.Buffer
			inside(t, problems, src)
			for _, p := range problems {
				out.WriteString(p.Format(src))
			}
			golden.AssertFile(t, filepath.Join("testdata", "err", name+".out"), out.Bytes())
		})
	}
}

func TestTooBig(t *testing.T) {
	_, problems := Parse("big.yaml", bytes.Repeat([]byte("# x\n"), 100_000), faults.All())
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "at most") {
		t.Errorf("problems %v", problems)
	}
}

func schemaOf(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema(faults.All())))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// datesAreText reads dates as editors do: to JSON there is no other date.
func datesAreText(n *yaml.Node) {
	if n.ShortTag() == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, c := range n.Content {
		datesAreText(c)
	}
}

// asJSON is what an editor hands to a schema.
func asJSON(t testing.TB, src []byte) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	datesAreText(&doc)
	var v any
	if err := doc.Decode(&v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSchemaKnowsEveryGoodScenario(t *testing.T) {
	s := schemaOf(t)
	for name, src := range good(t) {
		if err := s.Validate(asJSON(t, src)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := schemaOf(t)
	bad := corpus(t, "err")
	for _, name := range []string{"unknown-top-key", "unknown-nested-key", "unknown-step-key", "unknown-objective", "unknown-fault", "bad-version", "bad-duration",
		"bad-rate", "bad-percent", "missing-name", "missing-load", "list-for-map", "map-for-list", "for-on-instant", "missing-for", "from-not-taken",
		"fault-param-enum", "param-of-another-fault", "no-steps", "system-compose", "too-many-gateways", "unknown-routing", "abort-form"} {
		src, ok := bad[name]
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		if s.Validate(asJSON(t, src)) == nil {
			t.Errorf("%s is valid by the schema", name)
		}
	}
}

func TestSchemaIsPublished(t *testing.T) {
	golden.AssertFile(t, filepath.Join("..", "docs", "scenario.schema.json"), Schema(faults.All()))
}

// FuzzParse: no panic; problems have places in the file, in order; what is valid
// is valid by the schema, too, and stays what it is when its defaults are
// written out.
func FuzzParse(f *testing.F) {
	for _, dir := range []string{"ok", "err"} {
		for _, src := range corpus(f, dir) {
			f.Add(src)
		}
	}
	kinds, schema := faults.All(), schemaOf(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		s, problems := Parse("fuzz", src, kinds)
		if (s == nil) != (len(problems) > 0) {
			t.Fatal("neither a scenario nor a problem, or both")
		}
		inside(t, problems, src)
		if s == nil {
			return
		}
		if err := schema.Validate(asJSON(t, src)); err != nil {
			t.Fatalf("not valid by the schema: %v", err)
		}
		again, problems := Parse("again", s.Resolved(), kinds)
		if len(problems) > 0 {
			t.Fatalf("resolved, it has problems: %v\n%s", problems, s.Resolved())
		}
		if !bytes.Equal(again.Resolved(), s.Resolved()) {
			t.Fatalf("resolved twice differs:\n%s\n%s", s.Resolved(), again.Resolved())
		}
	})
}

// inside checks that problems have places in the file, in order.
func inside(t testing.TB, problems []Problem, src []byte) {
	t.Helper()
	lines := len(linesOf(src))
	for i, p := range problems {
		if p.Line < 1 || p.Line > lines || p.Column < 1 || p.Column > len(src)+1 || p.Message == "" {
			t.Errorf("a problem outside of %d lines: %+v", lines, p)
		}
		if i > 0 && (p.Line < problems[i-1].Line || p.Line == problems[i-1].Line && p.Column < problems[i-1].Column) {
			t.Errorf("%s comes after %s", p, problems[i-1])
		}
		for _, line := range strings.Split(p.Format(src), "\n") {
			if len(line) > 2000 || strings.ContainsFunc(line, unicode.IsControl) {
				t.Errorf("it would print %.200q", line)
			}
		}
	}
}
