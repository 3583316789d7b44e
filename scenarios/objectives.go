package scenarios

import (
	"reflect"

	"github.com/drillctl/drillctl/drill"
)

// objectives lists the targets that are set, in the order of the type.
func (s *Scenario) objectives() []drill.Objective {
	var out []drill.Objective
	v := reflect.ValueOf(s.Objectives)
	for i := range v.NumField() {
		t, f := v.Type().Field(i), v.Field(i)
		if f.IsNil() {
			continue
		}
		key := t.Tag.Get("yaml")
		o := drill.Objective{ID: key, Metric: t.Tag.Get("metric"), Op: drill.AtMost, File: s.file, Line: s.marks["objectives."+key].line}
		switch x := f.Interface().(type) {
		case *Duration:
			o.Target, o.Unit = x.std().Seconds(), drill.Seconds
		case *Percent:
			o.Target, o.Unit, o.Op = float64(*x), drill.Ratio, drill.AtLeast
		case *Multiple:
			o.Target, o.Unit = float64(*x), drill.Ratio
		case *int:
			o.Target, o.Unit = float64(*x), drill.Count
		case *ErrorBudget:
			o.Target, o.Unit = float64(x.Spend), drill.Ratio
		}
		out = append(out, o)
	}
	return out
}
