package scenarios

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner/load/ask"
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
	// doubts are the paths whose value is not what the author meant: checks
	// that rest on them would only repeat the mistake.
	doubts []string
}

func (d *decoder) errorf(n *yaml.Node, path, hint, format string, args ...any) {
	d.doubts = append(d.doubts, path)
	d.problems = append(d.problems, Problem{File: d.file, Line: max(1, n.Line), Column: max(1, n.Column), Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// real is what a node stands for.
func real(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode { // bounded: see document
		n = n.Alias
	}
	return n
}

// value decodes n into v, which must be settable.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	d.marks[path] = mark{max(1, n.Line), max(1, n.Column)}
	n = real(n)
	if n.ShortTag() == "!!null" {
		d.errorf(n, path, "give one, or leave the key out", "%s has no value", last(path))
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
		defaults(v)
	}
	switch x := v.Addr().Interface().(type) {
	case *Regions, *Places, *Services, *Tenants:
		d.named(n, v, path)
	case *URL:
		d.url(n, x, path)
	case *Origins:
		d.origins(n, x, path)
	case *Drift:
		d.drift(n, x, path)
	case *ask.Pairs:
		*x = ask.Pairs{}
		d.pairs(n, *x, path)
	case *Step:
		d.step(n, x, path)
	case encoding.TextUnmarshaler:
		d.text(n, x, path)
	case *time.Duration:
		d.text(n, (*Duration)(x), path)
	default:
		d.plain(n, v, path)
	}
}

func (d *decoder) plain(n *yaml.Node, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(n, v, path, nil)
	case reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// text decodes what is written in a form of its own.
func (d *decoder) text(n *yaml.Node, v encoding.TextUnmarshaler, path string) {
	if n.Kind != yaml.ScalarNode {
		d.errorf(n, path, "", "%s must be a single value", last(path))
		return
	}
	var err error
	if f := formOf(reflect.TypeOf(v).Elem()); f != nil {
		err = f.check(n.Value)
	}
	if err == nil {
		err = v.UnmarshalText([]byte(n.Value))
	}
	if err != nil {
		msg, hint := err.Error(), ""
		if i := strings.LastIndex(msg, "; "); i >= 0 {
			msg, hint = msg[:i], msg[i+2:]
		}
		d.errorf(n, path, hint, "%s: %s", last(path), msg)
	}
}

// whole are numbers without a second reading: YAML takes 010 for eight.
var whole = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]{0,19})$`)

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.errorf(n, path, "", "%s must be a single value", last(path))
		return
	}
	switch tag := n.ShortTag(); v.Kind() {
	case reflect.String:
		if tag != "!!str" && tag != "!!timestamp" {
			d.errorf(n, path, fmt.Sprintf("put it in quotes: %q", clip(n.Value)), "%s: %s is not text", last(path), clip(n.Value))
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		if tag != "!!bool" || n.Value != "true" && n.Value != "false" {
			d.errorf(n, path, "true or false", "%s: %q is neither true nor false", last(path), clip(n.Value))
			return
		}
		v.SetBool(n.Value == "true")
	default:
		d.number(n, v, path)
	}
}

func (d *decoder) number(n *yaml.Node, v reflect.Value, path string) {
	const most = 1<<31 - 1
	if n.ShortTag() == "!!str" && whole.MatchString(n.Value) {
		d.errorf(n, path, "leave the quotes out", "%s: %q is text", last(path), clip(n.Value))
		return
	}
	if !whole.MatchString(n.Value) {
		d.errorf(n, path, "digits only, as in 3", "%s: %q is not a whole number", last(path), clip(n.Value))
		return
	}
	var err error
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		var i int64
		if i, err = strconv.ParseInt(n.Value, 10, 32); err != nil {
			d.errorf(n, path, fmt.Sprintf("at most %d", most), "%s: %s is too large", last(path), clip(n.Value))
			return
		}
		v.SetInt(i)
	case reflect.Uint64:
		var u uint64
		if u, err = strconv.ParseUint(n.Value, 10, 64); err != nil {
			d.errorf(n, path, "0 to 18446744073709551615", "%s: %s is out of bounds", last(path), clip(n.Value))
			return
		}
		v.SetUint(u)
	default:
		d.errorf(n, path, "", "%s cannot be given", last(path))
	}
}

// list takes a sequence, or a single value for a list of one.
func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	items, sequence := []*yaml.Node{n}, n.Kind == yaml.SequenceNode
	switch {
	case sequence:
		items = n.Content
	case v.Type().Elem().Kind() == reflect.Struct:
		d.errorf(n, path, "begin each item with \"- \"", "%s must be a list", last(path))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		defaults(out.Index(i))
		p := path
		if sequence {
			p = fmt.Sprintf("%s[%d]", path, i)
		}
		d.value(item, out.Index(i), p)
	}
	v.Set(out)
}
