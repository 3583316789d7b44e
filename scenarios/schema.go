package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner/load/ask"
)

// object is a JSON object; Go prints maps sorted, which is order enough.
type object = map[string]any

// Schema is the JSON Schema (2020-12) of scenarios, generated from the same
// types that the parser fills, with one branch for each kind of fault. Editors
// complete and check by it.
func Schema(kinds []faults.Kind) []byte {
	root := schemas{kinds}.of(reflect.TypeFor[Scenario]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://drillctl.github.io/schema/scenario/v1"
	root["title"] = "drillctl scenario"
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("schema: %v", err)) // strings, numbers and maps of them
	}
	return append(b, '\n')
}

// schemas makes the schemas of types.
type schemas struct{ kinds []faults.Kind }

// of is the schema of a struct.
func (s schemas) of(t reflect.Type) object {
	props, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		key := keyOf(f)
		if key == "" {
			continue
		}
		props[key] = s.field(f)
		if f.Tag.Get("required") != "" {
			required = append(required, key)
		}
	}
	out := object{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// field is the schema of a type, narrowed by a field's tags.
func (s schemas) field(f reflect.StructField) object {
	p := s.typed(f.Type)
	tag := f.Tag.Get
	if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.String {
		item := object{"type": "string"}
		if enum := choices(f); enum != nil {
			item["enum"] = enum
		}
		list := object{"type": "array", "items": item}
		if n, err := strconv.Atoi(tag("min")); err == nil {
			list["minItems"] = n
		}
		p = object{"anyOf": []any{item, list}}
	} else if enum := choices(f); enum != nil {
		p["enum"] = enum
	}
	if tag("or") == "number" {
		p = object{"anyOf": []any{object{"type": "string", "pattern": pickForm.String()}, object{"type": "integer", "minimum": 1}}}
	}
	if tag("default") != "" {
		p["default"] = tag("default")
	}
	if p["type"] == "integer" {
		for word, text := range map[string]string{"minimum": tag("min"), "maximum": tag("max"), "default": tag("default")} {
			if n, err := strconv.Atoi(text); err == nil {
				p[word] = n
			}
		}
	}
	if doc := describe(f); doc != "" {
		p["description"] = doc
	}
	return p
}

// describe adds the bounds that a schema cannot express to the words.
func describe(f reflect.StructField) string {
	doc, lo, hi := f.Tag.Get("doc"), f.Tag.Get("min"), f.Tag.Get("max")
	if f.Type != reflect.TypeFor[Duration]() {
		return doc
	}
	switch {
	case lo != "" && hi != "":
		return fmt.Sprintf("%s; %s to %s", doc, lo, hi)
	case lo != "":
		return fmt.Sprintf("%s; at least %s", doc, lo)
	case hi != "":
		return fmt.Sprintf("%s; at most %s", doc, hi)
	}
	return doc
}

// typed is the schema of a type.
func (s schemas) typed(t reflect.Type) object {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if f := formOf(t); f == &cpusForm { // to YAML it is a number
		return object{"anyOf": []any{object{"type": "number", "minimum": 0}, f.schema()}}
	} else if f != nil {
		return f.schema()
	}
	if special := s.special(t); special != nil {
		return special
	}
	switch t.Kind() {
	case reflect.Struct:
		return s.of(t)
	case reflect.Slice:
		item := s.typed(t.Elem())
		if t.Elem().Kind() == reflect.Struct {
			return object{"type": "array", "items": item}
		}
		return object{"anyOf": []any{item, object{"type": "array", "items": item}}}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return object{"type": "integer"}
	case reflect.Bool:
		return object{"type": "boolean"}
	}
	return object{"type": "string"}
}

// special is the schema of a type that is decoded by code of its own, else nil.
func (s schemas) special(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[Regions]():
		region := s.of(reflect.TypeFor[Region]())
		region["type"] = []string{"object", "null"}
		return object{"type": "object", "additionalProperties": region, "propertyNames": object{"pattern": regionForm.String()}, "minProperties": 1, "maxProperties": maxRegions}
	case reflect.TypeFor[Places]():
		place := s.of(reflect.TypeFor[Place]())
		place["type"] = []string{"object", "null"}
		return object{"type": "object", "additionalProperties": place, "propertyNames": object{"pattern": regionForm.String()}, "maxProperties": maxRegions}
	case reflect.TypeFor[Services]():
		service := s.of(reflect.TypeFor[Service]())
		service["type"] = []string{"object", "null"}
		return object{"type": "object", "additionalProperties": service}
	case reflect.TypeFor[Tenants]():
		return object{"type": "object", "additionalProperties": s.of(reflect.TypeFor[Tenant]()), "propertyNames": object{"pattern": regionForm.String()}, "minProperties": 1}
	case reflect.TypeFor[URL]():
		return object{"anyOf": []any{object{"type": "string"}, s.of(t)}}
	case reflect.TypeFor[Drift]():
		mode, _ := t.FieldByName("Mode")
		return object{"anyOf": []any{s.field(mode), s.of(t)}}
	case reflect.TypeFor[Origins]():
		return object{"anyOf": []any{object{"type": "string"}, object{"type": "object", "additionalProperties": percentForm.schema(),
			"propertyNames": object{"pattern": regionForm.String()}, "minProperties": 1, "maxProperties": maxRegions}}}
	case reflect.TypeFor[ask.Pairs]():
		return object{"type": "object", "additionalProperties": object{"type": "string"}}
	case reflect.TypeFor[[]Step]():
		return object{"type": "array", "minItems": 1, "maxItems": maxSteps, "items": s.step()}
	case reflect.TypeFor[Unsupported]():
		return object{"not": object{}}
	}
	return nil
}

func (f form) schema() object {
	s := object{"type": "string", "minLength": 1, "maxLength": maxText, "pattern": f.re.String()}
	if f.re.MatchString("0") { // a bare 0 is a number to YAML
		s["type"], s["minimum"], s["maximum"] = []string{"string", "integer"}, 0, 0
	}
	return s
}
