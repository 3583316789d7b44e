package scenarios

import (
	"reflect"
	"strings"

	"github.com/drillctl/drillctl/gateway/bug"
)

// A field is one key that a struct takes, with what its tags say.
type field struct {
	key      string
	value    reflect.Value
	enum     []string
	later    []string // words of the format that this version does not know yet
	required bool
	doc      string
	number   bool // text that may be a bare number
	min, max string
}

func fieldsOf(v reflect.Value) []field {
	var out []field
	for i := range v.NumField() {
		t := v.Type().Field(i)
		if t.Anonymous {
			out = append(out, fieldsOf(v.Field(i))...)
			continue
		}
		key := keyOf(t)
		if key == "" {
			continue
		}
		out = append(out, field{key: key, value: v.Field(i), required: t.Tag.Get("required") != "", doc: t.Tag.Get("doc"), number: t.Tag.Get("or") == "number",
			min: t.Tag.Get("min"), max: t.Tag.Get("max"), enum: choices(t), later: words(t.Tag.Get("later"))})
	}
	return out
}

// lacking says what to give.
func (f field) lacking() string {
	if len(f.enum) == 1 {
		return f.key + ": " + f.enum[0]
	}
	return f.key + ": " + f.doc
}

// keyOf is the key of a struct's field, "" when it has none.
func keyOf(t reflect.StructField) string {
	key, _, _ := strings.Cut(t.Tag.Get("yaml"), ",")
	if key == "-" || !t.IsExported() {
		return ""
	}
	return key
}

// choices are the words that a field may have, nil for any. The list of bugs is the
// bundled system's own.
func choices(t reflect.StructField) []string {
	if enum := t.Tag.Get("enum"); enum != "@bugs" {
		return words(enum)
	}
	return bug.Names()
}

func words(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// keysOf are the keys that can be given.
func keysOf(fields []field) []string {
	var keys []string
	for _, f := range fields {
		if _, later := f.value.Interface().(*Unsupported); !later {
			keys = append(keys, f.key)
		}
	}
	return keys
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func within(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}
