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
	for _, role := range []string{"dns", "gateway", "edge", "api", "store", "vault", "control", "quota", "issuer"} {
		if strings.Contains(by, "-"+role+"-") {
			return role
		}
	}
	if by == "" {
		return "system"
	}
	return by
}

// detect is how long the slowest step went unnoticed: that another was noticed
// says nothing about it. One that nobody reported while it lasted, in a system
// that does report, went unnoticed at least as long.
func (m *measurement) detect(a Analysis) Reading {
	r := unknown(MetricDetect, Seconds, "no part of the system reported the damage")
	if len(a.Detections) == 0 {
		return r
	}
	for _, f := range m.marks.faults {
		if !f.IsInForce {
			continue
		}
		if x := m.noticed(f, a.Detections); !x.Known {
			return x
		} else if !r.Known || x.Value >= r.Value {
			r = x
		}
	}
	return r
}

func (m *measurement) noticed(f FaultReport, all []Detection) Reading {
	end := min(f.goneAt(), m.marks.end)
	if end == never {
		return unknown(MetricDetect, Seconds, "the log ends before "+f.Step.ID+" does")
	}
	r := exact(MetricDetect, Seconds, max(0, end-f.InForce).Seconds(), "fault in force (t_inj) to its end; nobody reported "+f.Step.ID)
	r.Censored = true
	for _, d := range all {
		if d.Step == f.Step.ID && (r.Censored || d.After.Seconds() < r.Value) {
			r = exact(MetricDetect, Seconds, d.After.Seconds(), "fault in force (t_inj) to the first report of "+d.By)
			r.From = []uint64{d.Event}
		}
	}
	return r
}
