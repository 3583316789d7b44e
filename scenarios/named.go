package scenarios

import (
	"reflect"

	"go.yaml.in/yaml/v3"
)

// named decodes a mapping of names to structs, in the order in which it is written,
// into a slice of structs that have a Name.
func (d *decoder) named(n *yaml.Node, out reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.errorf(n, path, "write it like us-east: {role: primary}", "%s must be names with their settings", last(path))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], real(n.Content[i+1])
		if !d.key(key, path, seen) {
			continue
		}
		out.Set(reflect.Append(out, reflect.Zero(out.Type().Elem())))
		v := out.Index(out.Len() - 1)
		v.FieldByName("Name").SetString(key.Value)
		defaults(v)
		p := join(path, clip(key.Value))
		d.marks[p] = mark{key.Line, key.Column}
		switch {
		case key.ShortTag() != "!!str":
			d.errorf(key, p, "", "%q cannot be the name of a region", clip(key.Value))
		case val.ShortTag() != "!!null":
			d.mapping(val, v, p, nil)
		}
	}
}
