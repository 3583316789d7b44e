package quarter

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"

	"github.com/drillctl/drillctl/drill"
)

// JSONSchema is the JSON Schema (2020-12) of the json format, generated from the
// Go types. Further keys are allowed.
func JSONSchema() []byte {
	r := jsonschema.Reflector{BaseSchemaID: "https://drillctl.github.io/schema", AllowAdditionalProperties: true, ExpandedStruct: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if t != reflect.TypeFor[drill.Verdict]() {
				return nil
			}
			return &jsonschema.Schema{Type: "string", Enum: []any{drill.Unjudged.String(), drill.Pass.String(), drill.Inconclusive.String(), drill.Fail.String()}}
		}}
	s := r.Reflect(Quarter{})
	s.ID, s.Title = "https://drillctl.github.io/schema/quarter/v1", "drillctl quarter"
	version, _ := s.Properties.Get("schema")
	version.Const = Schema
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("a schema of plain types must marshal: %v", err))
	}
	return append(out, '\n')
}
