package reports

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/golden"
)

func asJSON(t *testing.T, rec drill.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := renderJSON(&b, rec, Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJSONGolden(t *testing.T) { golden.Assert(t, "fail.json", asJSON(t, failed())) }

func TestJSONRoundTrip(t *testing.T) {
	for name, rec := range madeUp() {
		t.Run(name, func(t *testing.T) {
			got, err := Read(bytes.NewReader(asJSON(t, rec)))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, rec) {
				t.Errorf("got %+v\nwant %+v", got, rec)
			}
		})
	}
}

func TestJSONIsStable(t *testing.T) {
	first := asJSON(t, failed())
	for range 20 {
		if !bytes.Equal(first, asJSON(t, failed())) {
			t.Fatal("the same record gave different bytes")
		}
	}
}

func TestJSONRefusesNaN(t *testing.T) {
	rec := passed()
	rec.Objectives[0].Reading.Value = math.NaN()
	if err := renderJSON(&bytes.Buffer{}, rec, Options{}); err == nil {
		t.Error("NaN was written as JSON")
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"another version", `{"schema":"drillctl/record/v2"}`, `its schema is "drillctl/record/v2"`},
		{"no version", `{}`, `its schema is ""`},
		{"not a record", `[]`, "cannot unmarshal array"},
		{"cut off", `{"schema":"drillctl/record/v1"`, "unexpected EOF"},
		{"nothing", ``, "EOF"},
		{"two", `{"schema":"drillctl/record/v1"} {}`, "more after it"},
		{"a bad verdict", `{"schema":"drillctl/record/v1","verdict":"green"}`, `unknown verdict "green"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func compiled(t *testing.T, schema []byte) *validator.Schema {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("record.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("record.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRecordsAreValid(t *testing.T) {
	schema := compiled(t, RecordSchema())
	for name, rec := range madeUp() {
		inst, err := validator.UnmarshalJSON(bytes.NewReader(asJSON(t, rec)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(inst); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaSees shows that the schema is not one that lets all pass.
func TestSchemaSees(t *testing.T) {
	schema := compiled(t, RecordSchema())
	for _, c := range []struct {
		name   string
		change func(map[string]any)
	}{
		{"another version", func(m map[string]any) { m["schema"] = "drillctl/record/v2" }},
		{"a bad verdict", func(m map[string]any) { m["verdict"] = "green" }},
		{"no verdict", func(m map[string]any) { delete(m, "verdict") }},
		{"a null spec", func(m map[string]any) { m["spec"] = nil }},
		{"a bad time", func(m map[string]any) { m["began"] = "yesterday" }},
		{"a duration in words", func(m map[string]any) { m["spec"].(map[string]any)["hold_ns"] = "5s" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m map[string]any
			if err := json.Unmarshal(asJSON(t, passed()), &m); err != nil {
				t.Fatal(err)
			}
			c.change(m)
			if schema.Validate(m) == nil {
				t.Error("the schema lets it pass")
			}
		})
	}
}

func TestSchemaGolden(t *testing.T) {
	golden.Assert(t, "record.schema.json", schemaWith(docsOf(t), drill.Record{}))
}

func TestSuiteSchemaGolden(t *testing.T) {
	golden.Assert(t, "suite.schema.json", schemaWith(docsOf(t), drill.Suite{}))
}

// TestRecordDocs keeps the schema's descriptions equal to the doc comments of
// package drill.
func TestRecordDocs(t *testing.T) {
	out, err := json.MarshalIndent(docsOf(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.AssertFile(t, "record_docs.json", append(out, '\n'))
}

func docsOf(t *testing.T) map[string]string {
	t.Helper()
	var r jsonschema.Reflector
	if err := r.AddGoComments("github.com/drillctl/drillctl/reports", "../drill", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, typ := range structsOf(reflect.TypeFor[drill.Suite]()) {
		key := typ.PkgPath() + "." + typ.Name()
		keep(docs, r.CommentMap, key)
		for i := range typ.NumField() {
			keep(docs, r.CommentMap, key+"."+typ.Field(i).Name)
		}
	}
	return docs
}

func keep(docs, all map[string]string, key string) {
	if text := strings.Join(strings.Fields(all[key]), " "); text != "" {
		docs[key] = text
	}
}
