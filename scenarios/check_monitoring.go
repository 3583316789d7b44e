package scenarios

import (
	"fmt"
	"slices"
	"time"

	"github.com/drillctl/drillctl/runner/load/ask"
)

// monitoring checks where alerts are looked up, and which.
func (c *checker) monitoring() {
	m, g := c.s.Monitoring, c.s.System.Gateway
	bundled := g != nil && g.Monitor != nil
	if m != nil {
		c.source(*m, bundled)
	}
	if len(c.s.Objectives.Alerts) > 0 && m == nil && !bundled && c.sound("monitoring", "system") {
		c.errorf("objectives.alerts", "monitoring: {prometheus: 'http://127.0.0.1:9090'}", "objectives.alerts: nothing says where alerts are looked up")
	}
	for i := range c.s.Objectives.Alerts {
		c.alert(i)
	}
}

func (c *checker) source(m Monitoring, bundled bool) {
	given := 0
	for _, s := range [][2]string{{"prometheus", m.Prometheus}, {"alertmanager", m.Alertmanager}} {
		if s[1] != "" {
			given++
			c.entry("monitoring."+s[0], s[1])
		}
	}
	switch {
	case !c.sound("monitoring", "system"):
	case bundled && given > 0:
		c.errorf("monitoring", "leave out system.gateway.monitor, or the URL", "monitoring: the drill has a monitor of its own; alerts are looked up in one place")
	case !bundled && given == 0:
		c.errorf("monitoring", "prometheus: http://127.0.0.1:9090, or alertmanager: http://127.0.0.1:9093", "monitoring: nothing says where alerts are looked up")
	case given > 1:
		c.errorf("monitoring", "leave one of them out", "monitoring: alerts are looked up in Prometheus or in Alertmanager, not in both")
	}
	if bundled && len(m.Headers) > 0 {
		c.errorf("monitoring.headers", "leave it out", "monitoring.headers: the bundled monitor asks for none")
	}
	r := ask.Request{Headers: m.Headers}
	c.asked("monitoring", r.Check())
	c.asked("monitoring", r.Literals())
	if len(c.s.Objectives.Alerts) == 0 && c.sound("objectives") {
		c.errorf("monitoring", "objectives: {alerts: [{alert: HighErrorRate, fires: 1m}]}", "monitoring: no objective asks for an alert")
	}
}

// alert checks one target: that it can be told from the others, is about a step
// that there is, and can be seen before the drill is over.
func (c *checker) alert(i int) {
	a, path := c.s.Objectives.Alerts[i], fmt.Sprintf("objectives.alerts[%d]", i)
	if a.Alert == "" {
		c.errorf(path+".alert", "as the rule's 'alert:' says it", "%s.alert: an alert has no name", path)
	}
	same := func(b AlertTarget) bool { return c.s.alert(b).Selector() == c.s.alert(a).Selector() }
	if slices.IndexFunc(c.s.Objectives.Alerts, same) < i {
		c.errorf(path, "give it other labels, or keep one of them", "%s: %s is there twice", path, c.s.alert(a).Selector())
	}
	if !c.sound("steps", "settle") {
		return
	}
	at, end := c.s.affected(a.Step)
	switch total := c.s.end() + c.s.Settle.std(); {
	case a.Step != "" && end < 0:
		c.errorf(path+".step", "name: of a step that does damage", "%s.step: no step with a fault is called %q", path, clip(a.Step))
	case total-at <= a.Fires.std():
		c.errorf(path+".fires", "a longer fault or settle, or a shorter target", "%s.fires: the drill is over %s after the fault, so %s could not be missed", path, Duration(total-at), a.Fires)
	case total-end <= a.Resolves.std():
		c.errorf(path+".resolves", "a longer settle, or a shorter target", "%s.resolves: the drill is over %s after the fault is gone, so %s could not be missed", path, Duration(total-end), a.Resolves)
	}
	every := c.s.monitored().Interval
	tooCoarse := func(word string, target Duration) {
		if target > 0 && every > target.std()/2 && c.sound("monitoring.interval") {
			c.errorf(path+"."+word, fmt.Sprintf("monitoring: {interval: %s}, or a longer target", Duration(target.std()/4)), "%s.%s: polls every %s are too coarse for a target of %s", path, word, Duration(every), target)
		}
	}
	tooCoarse("fires", a.Fires)
	tooCoarse("resolves", a.Resolves)
}

// affected are the planned times of the damage of a step, or of all; the end is
// negative where there is none.
func (s *Scenario) affected(step string) (at, end time.Duration) {
	at, end = maxDrill, -1
	for _, st := range s.Steps {
		if st.Harms() && (step == "" || st.Name == step) {
			at, end = min(at, st.At.std()), max(end, st.At.std()+st.For.std())
		}
	}
	return at, end
}
