package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// bounds checks enum, min and max.
func (d *decoder) bounds(n *yaml.Node, f field, path string) {
	v := f.value
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case Duration:
		d.span(n, x, f, path)
		return
	case []string:
		for i, word := range x {
			at, p := n, path
			if n.Kind == yaml.SequenceNode {
				at, p = n.Content[i], fmt.Sprintf("%s[%d]", path, i)
			}
			d.word(at, word, f, p)
		}
		if len(x) == 0 && f.min != "" {
			d.errorf(n, path, "name one, or leave the key out", "%s: an empty list says nothing", f.key)
		}
		return
	case string:
		d.word(n, x, f, path)
		return
	}
	if v.Kind() != reflect.Int {
		return
	}
	if lo, err := strconv.ParseInt(f.min, 10, 64); err == nil && v.Int() < lo {
		d.errorf(n, path, fmt.Sprintf("at least %d", lo), "%s: %d is too small", f.key, v.Int())
	}
	if hi, err := strconv.ParseInt(f.max, 10, 64); err == nil && v.Int() > hi {
		d.errorf(n, path, fmt.Sprintf("at most %d", hi), "%s: %d is too large", f.key, v.Int())
	}
}

func (d *decoder) word(n *yaml.Node, s string, f field, path string) {
	switch {
	case len(f.enum) == 0 || slices.Contains(f.enum, s):
	case slices.Contains(f.later, s):
		d.errorf(n, path, "known: "+strings.Join(f.enum, ", "), "%s: %s is not available in this version", f.key, s)
	default:
		d.errorf(n, path, suggest(s, f.enum), "%s: %q is not allowed", f.key, clip(s))
	}
}

func (d *decoder) span(n *yaml.Node, got Duration, f field, path string) {
	var lo, hi Duration
	if f.min != "" && lo.UnmarshalText([]byte(f.min)) == nil && got < lo {
		d.errorf(n, path, fmt.Sprintf("at least %s", lo), "%s: %s is too short", f.key, got)
	}
	if f.max != "" && hi.UnmarshalText([]byte(f.max)) == nil && got > hi {
		d.errorf(n, path, fmt.Sprintf("at most %s", hi), "%s: %s is too long", f.key, got)
	}
}
