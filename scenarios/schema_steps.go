package scenarios

import (
	"encoding"
	"reflect"
	"slices"
	"time"

	"github.com/drillctl/drillctl/faults"
)

// step has one branch for every kind of fault and every other sort of step: its
// own keys, and those of all steps. A condition chooses it, so that an editor
// speaks of that one alone.
func (s schemas) step() object {
	branches, sorted := []any{}, []any{}
	for _, so := range sorts {
		has := object{"required": []string{so.key}}
		sorted = append(sorted, has)
		if so.key != "fault" {
			branches = append(branches, object{"if": has, "then": s.keysOf(so)})
		}
	}
	for _, k := range s.kinds {
		is := object{"properties": object{"fault": object{"const": k.Name}}, "required": []string{"fault"}}
		branches = append(branches, object{"if": is, "then": s.branch(k)})
	}
	known := object{"fault": object{"enum": kindNames(s.kinds), "description": "kind of damage; see 'drillctl faults'"}}
	return object{"type": "object", "required": []string{"at"}, "oneOf": sorted, "properties": known, "allOf": branches}
}

// keysOf is a step with the keys of its sort only.
func (s schemas) keysOf(so sort) object {
	branch := s.of(reflect.TypeFor[Step]())
	props := branch["properties"].(object)
	for key := range props {
		if !so.has(key) {
			delete(props, key)
		}
	}
	branch["required"] = append([]string{"at", so.key}, so.required...)
	return branch
}

func (s schemas) branch(k faults.Kind) object {
	branch := s.keysOf(sorts[0])
	props := branch["properties"].(object)
	props["fault"] = object{"const": k.Name, "description": k.Summary}
	s.params(props, k)
	if k.Instant {
		delete(props, "for")
	} else {
		branch["required"] = append(branch["required"].([]string), "for")
	}
	if !k.Peers {
		delete(props, "from")
	}
	required := branch["required"].([]string)
	if k.Outside {
		required = slices.DeleteFunc(required, func(key string) bool { return key == "on" })
	}
	branch["required"] = append(required, needed(k)...)
	return branch
}

// needed are the parameters without which there is no such fault.
func needed(k faults.Kind) []string {
	var out []string
	for _, p := range faults.Params(k) {
		if p.Needed {
			out = append(out, p.Name)
		}
	}
	return out
}

// params adds the parameters of a kind, with the defaults of its New.
func (s schemas) params(props object, k faults.Kind) {
	v, ok := parameters(k.New())
	if !ok {
		return
	}
	for i := range v.NumField() {
		key := keyOf(v.Type().Field(i))
		if key == "" {
			continue
		}
		p := s.field(v.Type().Field(i))
		if d, ok := defaultOf(v.Field(i)); ok {
			p["default"] = d
		}
		props[key] = p
	}
}

// defaultOf is what stands in a fresh fault, as it would be written.
func defaultOf(v reflect.Value) (any, bool) {
	if v.IsZero() {
		return nil, false
	}
	switch x := v.Interface().(type) {
	case time.Duration:
		return Duration(x).String(), true
	case encoding.TextMarshaler:
		b, err := x.MarshalText()
		return string(b), err == nil
	}
	return v.Interface(), slices.Contains([]reflect.Kind{reflect.String, reflect.Int, reflect.Bool}, v.Kind())
}
