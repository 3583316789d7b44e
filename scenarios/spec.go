package scenarios

import (
	"reflect"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
)

// Primary is the region that serves first, "" when the system has none.
func (s *Scenario) Primary() string {
	if s.System.Gateway == nil {
		if all := s.System.Regions(); len(all) > 0 {
			return all[0]
		}
		return ""
	}
	for _, r := range s.System.Gateway.Regions {
		if r.Role == "primary" {
			return r.Name
		}
	}
	return ""
}

// Spec is what judging needs to know. The runner fills in the targets of the
// steps.
func (s *Scenario) Spec() drill.Spec {
	spec := drill.Spec{
		Scenario: s.Name, Title: s.Title, Primary: s.Primary(),
		Load: drill.LoadSpec{ReadRate: float64(s.Load.Rate), WriteRate: float64(s.Load.Writes), IntruderRate: float64(s.Load.Intruders), Timeout: s.Load.Timeout.std(), Deadline: s.Load.Deadline.std(), Profile: s.Load.Profile, EntryOnly: s.System.entryOnly(s.Load),
			Origins: s.originSpecs(), Resolver: s.Load.ResolverSpec()},
		Steady: drill.SteadySpec{For: s.Steady.For.std(), Success: float64(s.Steady.Success)},
		Hold:   s.Hold.std(), Settle: s.Settle.std(),
		Detect: drill.DetectSpec{
			Window: s.Detect.Window.std(), MinRequests: s.Detect.MinRequests, MinBad: s.Detect.MinBad, Down: float64(s.Detect.Down),
			Up: float64(s.Detect.Up), CapacityFloor: float64(s.Detect.CapacityFloor), ShareTol: float64(s.Detect.Share),
		},
		Objectives: s.objectives(), Regression: s.regressions(), Drift: s.driftSpec(), Monitoring: s.monitoringSpec(), Regions: s.System.Regions(), Context: s.context(),
	}
	if g := s.System.Gateway; g != nil {
		spec.HealthInterval = g.Health.Interval.std()
		spec.Load.Tokens = g.Tokens != nil
	}
	for i, st := range s.Steps {
		if !st.Harms() {
			spec.Actions = append(spec.Actions, st.actionSpec(i))
			continue
		}
		spec.Steps = append(spec.Steps, drill.StepSpec{ID: stepID(i), Fault: st.Fault, At: st.At.std(), For: st.For.std(), Regions: st.On.Region, Text: st.text(), TakesDown: st.TakesRegion(), Outside: st.Kind.Outside, External: st.Fault == faults.ExternalName})
	}
	if b := s.Objectives.Budget; b != nil {
		spec.Budget = &drill.BudgetSpec{SLO: float64(b.SLO), Window: b.Window.std(), Spend: float64(b.Spend)}
	}
	return spec
}

func (st Step) actionSpec(i int) drill.ActionSpec {
	a := drill.ActionSpec{ID: stepID(i), At: st.At.std(), Text: st.text()}
	if st.Action == nil {
		a.Kind, a.Timeout, a.Declares = drill.ActionConfirm, st.Timeout.std(), true
		return a
	}
	a.Kind, a.Timeout, a.Declares = drill.ActionRun, st.Action.Timeout.std(), st.Action.Declares
	a.Argv = st.Action.argv()
	return a
}

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
			if o.Metric == drill.MetricLimited {
				o.Op = drill.AtMost
			}
		case *Multiple:
			o.Target, o.Unit = float64(*x), drill.Ratio
		case *int:
			o.Target, o.Unit = float64(*x), drill.Count
		case []AlertTarget:
			for i := range x {
				out = append(out, s.alertObjectives(i)...)
			}
			continue
		case []OriginTarget:
			for i := range x {
				out = append(out, s.originObjectives(i)...)
			}
			continue
		case *ErrorBudget:
			o.Target, o.Unit = float64(x.Spend), drill.Ratio
		}
		out = append(out, o)
	}
	if s.driftSpec().Fail {
		out = append(out, s.driftObjective())
	}
	return out
}
