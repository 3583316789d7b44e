package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/drillctl/drillctl/faults"
)

// object is a JSON object that keeps the order of its keys when printed; Go maps
// are printed sorted, which is order enough for a schema.
type object = map[string]any

// Schema is the JSON Schema (2020-12) of scenarios, generated from the same
// types that the parser fills, with one branch for each kind of fault. Editors
// complete and check by it.
func Schema(kinds []faults.Kind) []byte {
	root := structSchema(reflect.TypeFor[Scenario](), kinds)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://drillctl.dev/schema/scenario/v1.json"
	root["title"] = "drillctl scenario"
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("schema: %v", err)) // strings, numbers and maps of them
	}
	return append(b, '\n')
}

func structSchema(t reflect.Type, kinds []faults.Kind) object {
	props, required := object{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" || key == "-" || !f.IsExported() {
			continue
		}
		p := typeSchema(f.Type, kinds)
		if t == reflect.TypeFor[Selector]() && key == "pick" {
			p["type"] = []string{"string", "integer"} // words, or how many
		}
		if d := f.Tag.Get("doc"); d != "" {
			p["description"] = d
		}
		if e := f.Tag.Get("enum"); e != "" {
			p["enum"] = strings.Split(e, ",")
		}
		if d := f.Tag.Get("default"); d != "" {
			p["default"] = d
			if n, err := strconv.Atoi(d); err == nil && p["type"] == "integer" {
				p["default"] = n
			}
		}
		for tag, word := range map[string]string{"min": "minimum", "max": "maximum"} {
			if n, err := strconv.Atoi(f.Tag.Get(tag)); err == nil {
				p[word] = n
			}
		}
		props[key] = p
		if f.Tag.Get("required") != "" {
			required = append(required, key)
		}
	}
	s := object{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func typeSchema(t reflect.Type, kinds []faults.Kind) object {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[Duration](), reflect.TypeFor[time.Duration]():
		return object{"type": "string", "pattern": `^([0-9]+d)?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))*$`, "minLength": 1}
	case reflect.TypeFor[Rate]():
		return object{"type": "string", "pattern": `^[0-9]+(\.[0-9]+)?/[smh]$`}
	case reflect.TypeFor[Percent](), reflect.TypeFor[Multiple](), reflect.TypeFor[faults.Percent]():
		return object{"type": "string", "pattern": `^\s*[0-9]+(\.[0-9]+)?\s*%$`}
	case reflect.TypeFor[Below]():
		return object{"type": "string", "pattern": `^\s*<\s*[0-9]+(\.[0-9]+)?\s*%$`}
	case reflect.TypeFor[faults.BitRate]():
		return object{"type": "string", "pattern": `^[0-9]+(\.[0-9]+)?([kmgKMG]?bit)$`}
	case reflect.TypeFor[Regions]():
		region := structSchema(reflect.TypeFor[Region](), kinds)
		region["type"] = []string{"object", "null"}
		return object{"type": "object", "additionalProperties": region, "minProperties": 1}
	case reflect.TypeFor[[]Step]():
		return object{"type": "array", "minItems": 1, "items": stepSchema(kinds)}
	case reflect.TypeFor[Unsupported]():
		return object{"not": object{}}
	}
	switch t.Kind() {
	case reflect.Struct:
		return structSchema(t, kinds)
	case reflect.Slice:
		item := typeSchema(t.Elem(), kinds)
		return object{"anyOf": []any{item, object{"type": "array", "items": item}}}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return object{"type": "integer"}
	case reflect.Bool:
		return object{"type": "boolean"}
	}
	return object{"type": "string"}
}

// stepSchema is one branch for every kind: its own keys, and those of all steps.
func stepSchema(kinds []faults.Kind) object {
	branches := []any{}
	for _, k := range kinds {
		s := structSchema(reflect.TypeFor[Step](), kinds)
		props := s["properties"].(object)
		props["fault"] = object{"const": k.Name, "description": k.Summary}
		if v := reflect.ValueOf(k.New()); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
			for name, p := range structSchema(v.Elem().Type(), kinds)["properties"].(object) {
				props[name] = p
			}
		}
		required := []string{"at", "fault", "on"}
		if k.Instant {
			delete(props, "for")
		} else {
			required = append(required, "for")
		}
		if !k.Peers {
			delete(props, "from")
		}
		s["required"] = required
		branches = append(branches, s)
	}
	return object{"type": "object", "oneOf": branches}
}
