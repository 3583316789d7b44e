package scenarios

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
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
	case Regions:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for i := range x {
			n.Content = append(n.Content, text(x[i].Name), encode(v.Index(i)))
		}
		return n
	}
	switch v.Kind() {
	case reflect.Struct:
		n := &yaml.Node{Kind: yaml.MappingNode}
		fields(n, v)
		if st, ok := v.Interface().(Step); ok && st.Damage != nil {
			fields(n, reflect.ValueOf(st.Damage).Elem())
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
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		t, f := v.Type().Field(i), v.Field(i)
		key, _, _ := strings.Cut(t.Tag.Get("yaml"), ",")
		if key == "" || key == "-" || !t.IsExported() {
			continue
		}
		if f.IsZero() && t.Tag.Get("default")+t.Tag.Get("required") == "" || f.Kind() == reflect.Slice && f.Len() == 0 {
			continue
		}
		n.Content = append(n.Content, text(key), encode(f))
	}
}
