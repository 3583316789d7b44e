package scenarios

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/faults"
)

// A mark is where a value stands.
type mark struct{ line, column int }

// A decoder turns YAML nodes into Go values by their yaml tags. It goes on after
// a mistake, so that one look shows all of them, and remembers where everything
// stood for the checks that come later.
type decoder struct {
	file     string
	problems []Problem
	marks    map[string]mark
	kinds    []faults.Kind
}

func (d *decoder) errorf(n *yaml.Node, path, hint, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.file, Line: n.Line, Column: n.Column, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

var (
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType    = reflect.TypeFor[time.Duration]()
)

// value decodes n into v, which must be settable.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	d.marks[path] = mark{n.Line, n.Column}
	if n.Kind == yaml.AliasNode {
		n = n.Alias // bounded: see limits
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		if v.Kind() != reflect.Pointer {
			d.errorf(n, path, "leave the key out for its default", "%s has no value", last(path))
		}
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
			defaults(v.Elem())
		}
		d.value(n, v.Elem(), path)
		return
	}
	switch v.Addr().Interface().(type) {
	case *Regions:
		d.regions(n, v.Addr().Interface().(*Regions), path)
		return
	case *[]Step:
		d.list(n, v, path)
		return
	case *Unsupported:
		d.errorf(n, path, "this version drills the bundled system: gateway", "system %s is not available in this version", last(path))
		return
	}
	switch {
	case v.Addr().Type().Implements(textUnmarshaler), v.Type() == durationType:
		d.text(n, v, path)
	case v.Kind() == reflect.Struct:
		d.mapping(n, v, path, nil)
	case v.Kind() == reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func last(path string) string {
	return path[strings.LastIndexByte(path, '.')+1:]
}

func (d *decoder) text(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.errorf(n, path, "", "%s must be a single value", last(path))
		return
	}
	if v.Type() == durationType {
		var dur Duration
		if err := dur.UnmarshalText([]byte(n.Value)); err != nil {
			d.errorf(n, path, "", "%s: %v", last(path), err)
		}
		v.SetInt(int64(dur))
		return
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
		d.errorf(n, path, "", "%s: %v", last(path), err)
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.errorf(n, path, "", "%s must be a single value", last(path))
		return
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value)
		return
	case reflect.Bool:
		var b bool
		if b, err = strconv.ParseBool(n.Value); err == nil {
			v.SetBool(b)
			return
		}
		err = fmt.Errorf("%q is not true or false", clip(n.Value))
	case reflect.Int, reflect.Int64:
		var i int64
		if i, err = strconv.ParseInt(n.Value, 10, 32); err == nil {
			v.SetInt(i)
			return
		}
		err = fmt.Errorf("%q is not a whole number up to 2147483647", clip(n.Value))
	case reflect.Uint64:
		var u uint64
		if u, err = strconv.ParseUint(n.Value, 10, 64); err == nil {
			v.SetUint(u)
			return
		}
		err = fmt.Errorf("%q is not a whole number", clip(n.Value))
	default:
		err = fmt.Errorf("cannot be given")
	}
	d.errorf(n, path, "", "%s: %v", last(path), err)
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// list takes a sequence, or a single value for a list of one.
func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	items := []*yaml.Node{n}
	switch {
	case n.Kind == yaml.SequenceNode:
		items = n.Content
	case v.Type().Elem().Kind() == reflect.Struct:
		d.errorf(n, path, "begin each item with \"- \"", "%s must be a list", last(path))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		defaults(out.Index(i))
		p := path
		if n.Kind == yaml.SequenceNode {
			p = fmt.Sprintf("%s[%d]", path, i)
		}
		if s, ok := out.Index(i).Addr().Interface().(*Step); ok {
			d.step(item, s, p)
			continue
		}
		d.value(item, out.Index(i), p)
	}
	v.Set(out)
}

// step decodes a step with the parameters of its fault, which stand beside its
// own keys.
func (d *decoder) step(n *yaml.Node, s *Step, path string) {
	d.marks[path] = mark{n.Line, n.Column}
	defaults(reflect.ValueOf(s).Elem())
	var params []field
	if name, at := faultName(n); at != nil {
		i := slices.IndexFunc(d.kinds, func(k faults.Kind) bool { return k.Name == name })
		if i < 0 {
			d.errorf(at, path+".fault", suggest(name, kindNames(d.kinds)), "unknown fault %q", clip(name))
			return
		}
		s.Kind = d.kinds[i]
		s.Damage = s.Kind.New()
		if v := reflect.ValueOf(s.Damage); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
			params = fieldsOf(v.Elem())
		}
	}
	d.mapping(n, reflect.ValueOf(s).Elem(), path, params)
}

func faultName(n *yaml.Node) (string, *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "fault" && n.Content[i+1].Kind == yaml.ScalarNode {
				return n.Content[i+1].Value, n.Content[i+1]
			}
		}
	}
	return "", nil
}

func kindNames(kinds []faults.Kind) []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}

// A field is one key that a struct takes.
type field struct {
	key      string
	value    reflect.Value
	enum     []string
	required bool
	min, max string
}

func fieldsOf(v reflect.Value) []field {
	var out []field
	for i := range v.NumField() {
		t := v.Type().Field(i)
		key, _, _ := strings.Cut(t.Tag.Get("yaml"), ",")
		if key == "" || key == "-" || !t.IsExported() {
			continue
		}
		f := field{key: key, value: v.Field(i), required: t.Tag.Get("required") != "", min: t.Tag.Get("min"), max: t.Tag.Get("max")}
		if e := t.Tag.Get("enum"); e != "" {
			f.enum = strings.Split(e, ",")
		}
		out = append(out, f)
	}
	return out
}

// mapping decodes a struct; more are further fields that the mapping may have.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string, more []field) {
	if n.Kind != yaml.MappingNode {
		d.errorf(n, path, "", "%s must be keys and values", or(last(path), "a scenario"))
		return
	}
	fields := append(fieldsOf(v), more...)
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if seen[key.Value] {
			d.errorf(key, path, "keep one of them", "%s is given twice", clip(key.Value))
			continue
		}
		seen[key.Value] = true
		at := slices.IndexFunc(fields, func(f field) bool { return f.key == key.Value })
		if at < 0 {
			d.errorf(key, join(path, key.Value), suggest(key.Value, keysOf(fields)), "unknown key %q%s", clip(key.Value), within(path))
			continue
		}
		before := len(d.problems)
		d.value(val, fields[at].value, join(path, key.Value))
		if len(d.problems) == before {
			d.bounds(val, fields[at], join(path, key.Value))
		}
	}
	for _, f := range fields {
		if f.required && !seen[f.key] {
			d.errorf(n, join(path, f.key), "", "%s is missing%s", f.key, within(path))
		}
	}
}

// bounds checks enum, min and max.
func (d *decoder) bounds(n *yaml.Node, f field, path string) {
	v := f.value
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if len(f.enum) > 0 && v.Kind() == reflect.String && !slices.Contains(f.enum, v.String()) {
		d.errorf(n, path, suggest(v.String(), f.enum), "%s: %q is not allowed", f.key, clip(v.String()))
	}
	if v.Kind() != reflect.Int {
		return
	}
	if lo, err := strconv.ParseInt(f.min, 10, 64); err == nil && v.Int() < lo {
		d.errorf(n, path, "", "%s: %d is too small; at least %d", f.key, v.Int(), lo)
	}
	if hi, err := strconv.ParseInt(f.max, 10, 64); err == nil && v.Int() > hi {
		d.errorf(n, path, "", "%s: %d is too large; at most %d", f.key, v.Int(), hi)
	}
}

func keysOf(fields []field) []string {
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.key)
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

func or(s, alt string) string {
	if s == "" {
		return alt
	}
	return s
}

// regions keeps the order of a mapping.
func (d *decoder) regions(n *yaml.Node, out *Regions, path string) {
	if n.Kind != yaml.MappingNode {
		d.errorf(n, path, "write it like us-east: {role: primary}", "regions must be names with their settings")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if seen[key.Value] {
			d.errorf(key, path, "keep one of them", "region %s is given twice", clip(key.Value))
			continue
		}
		seen[key.Value] = true
		r := Region{Name: key.Value}
		defaults(reflect.ValueOf(&r).Elem())
		p := join(path, key.Value)
		d.marks[p] = mark{key.Line, key.Column}
		if val.Tag != "!!null" {
			d.mapping(val, reflect.ValueOf(&r).Elem(), p, nil)
		}
		*out = append(*out, r)
	}
}

// defaults fills a struct's fields from their default tags, recursively.
func defaults(v reflect.Value) {
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		t, f := v.Type().Field(i), v.Field(i)
		if !t.IsExported() || t.Tag.Get("yaml") == "-" || t.Tag.Get("yaml") == "" {
			continue
		}
		def := t.Tag.Get("default")
		if u, ok := f.Addr().Interface().(encoding.TextUnmarshaler); ok && def != "" {
			if err := u.UnmarshalText([]byte(def)); err != nil {
				panic(fmt.Sprintf("default of %s: %v", t.Name, err)) // a test goes through all of them
			}
			continue
		}
		switch {
		case f.Kind() == reflect.Struct:
			defaults(f)
		case def == "":
		case f.Kind() == reflect.String:
			f.SetString(def)
		case f.Kind() == reflect.Int:
			n, err := strconv.Atoi(def)
			if err != nil {
				panic(fmt.Sprintf("default of %s: %v", t.Name, err))
			}
			f.SetInt(int64(n))
		}
	}
}
