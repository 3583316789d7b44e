package scenarios

import (
	"encoding"
	"fmt"
	"reflect"
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
