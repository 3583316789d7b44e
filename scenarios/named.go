package scenarios

import (
	"reflect"

	"go.yaml.in/yaml/v3"
)

// regions keeps the order of a mapping.
func (d *decoder) regions(n *yaml.Node, out *Regions, path string) {
	d.named(n, path, func(name string) reflect.Value {
		*out = append(*out, Region{Name: name})
		return reflect.ValueOf(&(*out)[len(*out)-1]).Elem()
	})
}

func (d *decoder) places(n *yaml.Node, out *Places, path string) {
	d.named(n, path, func(name string) reflect.Value {
		*out = append(*out, Place{Name: name})
		return reflect.ValueOf(&(*out)[len(*out)-1]).Elem()
	})
}

func (d *decoder) services(n *yaml.Node, out *Services, path string) {
	d.named(n, path, func(name string) reflect.Value {
		*out = append(*out, Service{Name: name})
		return reflect.ValueOf(&(*out)[len(*out)-1]).Elem()
	})
}

func (d *decoder) tenants(n *yaml.Node, out *Tenants, path string) {
	d.named(n, path, func(name string) reflect.Value {
		*out = append(*out, Tenant{Name: name})
		return reflect.ValueOf(&(*out)[len(*out)-1]).Elem()
	})
}

// named decodes a mapping of names to structs in the order in which it is
// written; add makes room for the next one.
func (d *decoder) named(n *yaml.Node, path string, add func(name string) reflect.Value) {
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
		v := add(key.Value)
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
