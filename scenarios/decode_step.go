package scenarios

import (
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/faults"
)

// step decodes a step with the keys of its sort and the parameters of its fault,
// which stand beside them.
func (d *decoder) step(n *yaml.Node, s *Step, path string) {
	if n.Kind != yaml.MappingNode {
		d.errorf(n, path, "as in {at: 5s, fault: kill, on: {role: api, pick: one}, for: 10s}", "%s must be keys and values", last(path))
		return
	}
	sort, n := d.sortOf(n, path)
	fields := sort.fields(s)
	if name := faultName(n); name != nil {
		i := slices.IndexFunc(d.kinds, func(k faults.Kind) bool { return k.Name == name.Value })
		if i < 0 {
			// Which of the other keys are right depends on it.
			d.doubts = append(d.doubts, path)
			d.errorf(name, path+".fault", suggest(name.Value, kindNames(d.kinds)), "unknown fault %q", clip(name.Value))
			return
		}
		s.Kind = d.kinds[i]
		s.Damage = s.Kind.New()
		if v, ok := parameters(s.Damage); ok {
			fields = append(fields, fieldsOf(v)...)
		}
		if s.Kind.Outside {
			optional(fields, "on")
		}
	}
	if sort.key != "confirm" {
		s.Timeout = 0 // it is the operator's
	}
	d.keys(n, fields, path)
	if sort.key == "confirm" && s.Confirm == "" && !slices.Contains(d.doubts, path+".confirm") {
		at := d.marks[path+".confirm"]
		d.errorf(&yaml.Node{Line: at.line, Column: at.column}, path+".confirm", "say what the operator has to do", "%s.confirm: there is nothing to confirm", path)
		d.doubts = append(d.doubts, path)
	}
}

func optional(fields []field, key string) {
	for i := range fields {
		fields[i].required = fields[i].required && fields[i].key != key
	}
}

// parameters is the struct that holds a fault's parameters.
func parameters(f faults.Fault) (reflect.Value, bool) {
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return v, false
	}
	return v.Elem(), true
}

func faultName(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if v := real(n.Content[i+1]); n.Content[i].Value == "fault" && v.ShortTag() == "!!str" {
			return v
		}
	}
	return nil
}

func kindNames(kinds []faults.Kind) []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}
