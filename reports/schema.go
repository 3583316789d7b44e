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
func RecordSchema() []byte {
	docs := map[string]string{}
	if err := json.Unmarshal(recordDocs, &docs); err != nil {
		panic(fmt.Sprintf("record_docs.json is generated and must parse: %v", err))
	}
	return schemaWith(docs)
}

func schemaWith(docs map[string]string) []byte {
	r := jsonschema.Reflector{
		BaseSchemaID: "https://drillctl.github.io/schema", AllowAdditionalProperties: true, ExpandedStruct: true,
		CommentMap: docs, Mapper: enums,
	}
	s := r.Reflect(drill.Record{})
	s.ID = "https://drillctl.github.io/schema/record/v1"
	s.Title = "drillctl record"
	for _, t := range structsOf(reflect.TypeFor[drill.Record]()) {
		def := s.Definitions[t.Name()]
		if t == reflect.TypeFor[drill.Record]() {
			def = s
		}
		refine(def, t)
	}
	version, _ := s.Properties.Get("schema")
	version.Const = drill.RecordSchema
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
