package scenarios

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mapping decodes a struct; more are further fields that the mapping may have.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string, more []field) {
	fields := append(fieldsOf(v), more...)
	if n = real(n); n.Kind != yaml.MappingNode {
		d.errorf(n, path, "its keys: "+strings.Join(keysOf(fields), ", "), "%s must be keys and values", cmp.Or(last(path), "a scenario"))
		return
	}
	d.keys(n, fields, path)
}

// keys decodes the keys of a mapping into fields.
func (d *decoder) keys(n *yaml.Node, fields []field, path string) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if !d.key(key, path, seen) {
			continue
		}
		at := slices.IndexFunc(fields, func(f field) bool { return f.key == key.Value })
		if at < 0 {
			d.unknownKey(key, path, keysOf(fields))
			continue
		}
		d.field(val, fields[at], join(path, key.Value))
	}
	for _, f := range fields {
		misspelt := slices.Contains(d.doubts, join(path, f.key))
		if f.required && !seen[f.key] && !misspelt {
			d.errorf(n, join(path, f.key), f.lacking(), "%s is missing%s", f.key, within(path))
		}
	}
}

// key says whether a node can be a key, once.
func (d *decoder) key(key *yaml.Node, path string, seen map[string]bool) bool {
	switch {
	case key.ShortTag() == "!!merge":
		d.errorf(key, path, "write the keys out, or use an alias for a whole value", "merging with << is not possible here")
		return false
	case key.Kind != yaml.ScalarNode:
		d.errorf(key, path, "", "a key must be a plain word%s", within(path))
		return false
	case seen[key.Value]:
		d.errorf(key, join(path, clip(key.Value)), "keep one of them", "%s is given twice%s", clip(key.Value), within(path))
		return false
	}
	seen[key.Value] = true
	return true
}

func (d *decoder) unknownKey(key *yaml.Node, path string, known []string) {
	for _, k := range known { // any of these may have been meant
		if nearest(key.Value, []string{k}) != "" {
			d.doubts = append(d.doubts, join(path, k))
		}
	}
	d.errorf(key, join(path, clip(key.Value)), suggest(key.Value, known), "unknown key %q%s", clip(key.Value), within(path))
}

func (d *decoder) field(n *yaml.Node, f field, path string) {
	if _, ok := f.value.Interface().(*Unsupported); ok {
		d.marks[path] = mark{n.Line, n.Column}
		d.errorf(n, path, unsupportedHint[f.key], "%s is not available in this version", path)
		return
	}
	if f.required && real(n).ShortTag() == "!!null" {
		d.errorf(n, path, f.lacking(), "%s has no value", f.key)
		return
	}
	if text := *real(n); f.number && text.ShortTag() == "!!int" {
		text.Tag = "!!str"
		n = &text
	}
	before, was := len(d.problems), reflect.ValueOf(f.value.Interface())
	d.value(n, f.value, path)
	if len(d.problems) == before {
		d.bounds(real(n), f, path)
	}
	// The checks still to come must not work with a number that is refused.
	if len(d.problems) > before && f.value.Kind() == reflect.Int {
		f.value.Set(was)
	}
}

// unsupportedHint says what to use instead of a key that is not yet available.
var unsupportedHint = map[string]string{
	"kubernetes": "this version drills the bundled system (gateway), Compose applications, containers, and whatever can be reached (url)",
}
