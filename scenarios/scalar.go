package scenarios

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

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
