package drill

import (
	"slices"
	"strings"
)

// detections are the first notices that others took of each step's damage. What
// a target itself reports is none: cut off, it complains about its neighbours.
func (m *measurement) detections() []Detection {
	out := []Detection{}
	for _, f := range m.marks.faults {
		if !f.IsInForce {
			continue
		}
		seen := map[string]bool{}
		for _, e := range m.log.Events {
			who := detectorOf(e)
			if e.Kind != KindHealth || e.Data["to"] != Unhealthy || e.At < f.Fired || e.At > f.goneAt() || seen[who] || !concerns(f.Step, e) {
				continue
			}
			seen[who] = true
			out = append(out, Detection{Step: f.Step.ID, Detector: who, By: e.Data["by"], Subject: e.Subject, At: e.At, After: max(0, e.At-f.InForce), Event: e.Seq})
		}
	}
	return out
}

// concerns says that a report is about what a step hit, by one whom it did not.
func concerns(s StepSpec, e Event) bool {
	whole := s.TakesDown || len(s.Targets) == 0
	switch {
	case slices.Contains(s.Targets, e.Data["by"]):
		return false
	case slices.Contains(s.Targets, e.Subject), slices.Contains(s.Regions, e.Subject):
		return true
	}
	return whole && slices.Contains(s.Regions, e.Region)
}

// detectorOf names the sort of thing that noticed: the role of who reported.
func detectorOf(e Event) string {
	by := e.Data["by"]
	for _, role := range []string{"dns", "gateway", "edge", "api", "store", "vault"} {
		if strings.Contains(by, "-"+role+"-") {
			return role
		}
	}
	if by == "" {
		return "system"
	}
	return by
}

func (m *measurement) detect(a Analysis) Reading {
	r := unknown(MetricDetect, Seconds, "no part of the system reported the damage")
	for _, d := range a.Detections {
		if !r.Known || d.After.Seconds() < r.Value {
			r = exact(MetricDetect, Seconds, d.After.Seconds(), "fault in force (t_inj) to the first report of "+d.By)
			r.From = []uint64{d.Event}
		}
	}
	return r
}
