package reports

import (
	_ "embed" // the doc comments of the record's types
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/drillctl/drillctl/drill"
)

// recordDocs are the doc comments of package drill, for the schema's
// descriptions; a test keeps them true.
//
//go:embed record_docs.json
var recordDocs []byte

// RecordSchema is the JSON Schema (2020-12) of the json format and of a run's
// record.json, generated from the Go types. Further keys are allowed: a field
// may be added without a new version.
func RecordSchema() []byte { return schemaWith(docs(), drill.Record{}) }

// SuiteSchema is that of several drills or trials together.
func SuiteSchema() []byte { return schemaWith(docs(), drill.Suite{}) }

func docs() map[string]string {
	docs := map[string]string{}
	if err := json.Unmarshal(recordDocs, &docs); err != nil {
		panic(fmt.Sprintf("record_docs.json is generated and must parse: %v", err))
	}
	return docs
}

// versions are the types that name the version of their form.
var versions = map[reflect.Type]string{reflect.TypeFor[drill.Record](): drill.RecordSchema, reflect.TypeFor[drill.Suite](): drill.SuiteSchema}

func schemaWith(docs map[string]string, v any) []byte {
	r := jsonschema.Reflector{
		BaseSchemaID: "https://drillctl.github.io/schema", AllowAdditionalProperties: true, ExpandedStruct: true,
		CommentMap: docs, Mapper: enums,
	}
	root := reflect.TypeOf(v)
	name := strings.ToLower(root.Name())
	s := r.Reflect(v)
	s.ID = jsonschema.ID("https://drillctl.github.io/schema/" + name + "/v1")
	s.Title = "drillctl " + name
	for _, t := range structsOf(root) {
		def := s.Definitions[t.Name()]
		if t == root {
			def = s
		}
		refine(def, t)
		if version, ok := versions[t]; ok {
			prop, _ := def.Properties.Get("schema")
			prop.Const = version
		}
	}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("a schema of plain types must marshal: %v", err))
	}
	return append(out, '\n')
}

// enums are the named types with a closed list of values.
func enums(t reflect.Type) *jsonschema.Schema {
	text := func(values ...any) *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Enum: values} }
	switch t {
	case reflect.TypeFor[drill.Verdict]():
		return text(drill.Unjudged.String(), drill.Pass.String(), drill.Inconclusive.String(), drill.Fail.String())
	case reflect.TypeFor[drill.Op]():
		return text(drill.AtMost, drill.AtLeast)
	case reflect.TypeFor[drill.Unit]():
		return text(drill.Seconds, drill.Ratio, drill.Count)
	}
	return nil
}

// structsOf lists t and all structs of its package that it is made of.
func structsOf(t reflect.Type) []reflect.Type {
	seen := map[reflect.Type]bool{}
	var out []reflect.Type
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			visit(t.Elem())
		case reflect.Struct:
			if seen[t] || t.PkgPath() != reflect.TypeFor[drill.Record]().PkgPath() {
				return
			}
			seen[t] = true
			out = append(out, t)
			for i := range t.NumField() {
				visit(t.Field(i).Type)
			}
		}
	}
	visit(t)
	return out
}

// refine says what reflection does not: what may be null, and the unit of times.
func refine(def *jsonschema.Schema, t reflect.Type) {
	for i := range t.NumField() {
		name, opts, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		prop, ok := def.Properties.Get(name)
		if !ok {
			continue
		}
		if strings.HasSuffix(name, "_ns") {
			prop.Description = join("; ", prop.Description, "nanoseconds")
		}
		switch t.Field(i).Type.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			if !strings.Contains(opts, "omitempty") {
				def.Properties.Set(name, orNull(prop))
			}
		}
	}
}

func orNull(s *jsonschema.Schema) *jsonschema.Schema {
	text := s.Description
	s.Description = ""
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, {Type: "null"}}, Description: text}
}
