package scenarios

import (
	"bytes"
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/runner/load/ask"
)

// Resolved is the scenario as YAML with all defaults written out: it parses to
// the same drill, and goes into the run's directory.
func (s *Scenario) Resolved() []byte {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(encode(reflect.ValueOf(s).Elem())); err != nil {
		panic(fmt.Sprintf("a parsed scenario must encode: %v", err))
	}
	return b.Bytes()
}

func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

// encode is decode the other way round.
func encode(v reflect.Value) *yaml.Node {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.CanAddr() {
		if m, ok := v.Addr().Interface().(encoding.TextMarshaler); ok {
			b, err := m.MarshalText()
			if err != nil {
				return text(err.Error())
			}
			return text(string(b))
		}
	}
	switch x := v.Interface().(type) {
	case time.Duration:
		return text(Duration(x).String())
	case Regions, Places, Services, Tenants:
		return encodeNamed(v)
	case Origins:
		return encodeOrigins(x)
	case ask.Pairs:
		return encodePairs(x)
	}
	return encodePlain(v)
}

func encodeNamed(v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := range v.Len() {
		n.Content = append(n.Content, text(v.Index(i).FieldByName("Name").String()), encode(v.Index(i)))
	}
	return n
}

func encodePairs(pairs ask.Pairs) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		n.Content = append(n.Content, text(key), text(pairs[key]))
	}
	return n
}

func encodePlain(v reflect.Value) *yaml.Node {
	switch v.Kind() {
	case reflect.Struct:
		n := &yaml.Node{Kind: yaml.MappingNode}
		fields(n, v)
		if st, ok := v.Interface().(Step); ok {
			only(n, st.sort())
			if st.Damage != nil {
				params(n, st)
			}
		}
		return n
	case reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			n.Content = append(n.Content, encode(v.Index(i)))
		}
		return n
	case reflect.String:
		return text(v.String())
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(v.Interface())}
}

// fields adds those fields of a struct that hold something. A zero that is not
// the default is something.
func fields(n *yaml.Node, v reflect.Value) {
	for i := range v.NumField() {
		t, f := v.Type().Field(i), v.Field(i)
		if t.Anonymous {
			fields(n, f)
			continue
		}
		key := keyOf(t)
		if key == "" || f.IsZero() && f.Kind() != reflect.Struct && t.Tag.Get("default")+t.Tag.Get("required") == "" || (f.Kind() == reflect.Slice || f.Kind() == reflect.Map) && f.Len() == 0 || empty(f) {
			continue
		}
		n.Content = append(n.Content, text(key), encode(f))
	}
}

// only leaves out the keys that a step of this sort does not take.
func only(n *yaml.Node, s sort) {
	var kept []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if s.has(n.Content[i].Value) {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}

// empty is a struct of which nothing would be written, such as the selector of a
// step without targets.
func empty(v reflect.Value) bool {
	if sel, ok := v.Interface().(Selector); ok {
		return sel.Empty()
	}
	return v.Kind() == reflect.Struct && v.NumField() > 0 && len(encode(v).Content) == 0
}

// params adds the parameters of a step's fault. Their defaults stand in the
// kind's New, so a zero is left out only where that leaves it zero, too.
func params(n *yaml.Node, st Step) {
	v, ok := parameters(st.Damage)
	if !ok {
		return
	}
	fresh, _ := parameters(st.Kind.New())
	for i := range v.NumField() {
		key, f := keyOf(v.Type().Field(i)), v.Field(i)
		if key == "" || f.IsZero() && fresh.Field(i).IsZero() {
			continue
		}
		n.Content = append(n.Content, text(key), encode(f))
	}
}
