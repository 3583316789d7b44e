package scenarios

import (
	"fmt"
	"slices"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/ask"
)

// Monitoring says where the alerts are looked up that objectives ask for.
type Monitoring struct {
	Prometheus   string    `yaml:"prometheus" doc:"URL of a Prometheus, or of what has its API: alerts and rules are read below /api/v1"`
	Alertmanager string    `yaml:"alertmanager" doc:"URL of an Alertmanager: alerts are read below /api/v2; it knows of no rules"`
	Headers      ask.Pairs `yaml:"headers" doc:"headers of each poll; ${NAME} is taken from the environment"`
	Interval     Duration  `yaml:"interval" doc:"time between two polls: the resolution of all that is said of alerts" default:"1s" min:"100ms" max:"1m"`
}

// AlertTarget is an alert that must fire, and resolve.
type AlertTarget struct {
	Alert    string    `yaml:"alert" doc:"its name: the label alertname" required:"true"`
	Labels   ask.Pairs `yaml:"labels" doc:"labels that it must have, beside others; of several that fit any one counts"`
	Fires    Duration  `yaml:"fires" doc:"fault in force to the alert firing, at most" required:"true" min:"100ms" max:"1h"`
	Resolves Duration  `yaml:"resolves" doc:"fault gone to the alert resolved for good, at most" min:"100ms" max:"1h"`
	Step     string    `yaml:"step" doc:"name of the step whose damage it is about (default: from the first damage to the last)"`
}

// Monitor is the node of the bundled system that watches its gateways.
type Monitor struct {
	Scrape Duration `yaml:"scrape" doc:"time between two looks at the gateways' metrics" default:"500ms" min:"100ms" max:"1m"`
	Window Duration `yaml:"window" doc:"over which rates, shares and percentiles are taken" default:"3s" min:"200ms" max:"10m"`
	For    Duration `yaml:"for" doc:"how long a rule's condition must hold before its alert fires" default:"2s" min:"100ms" max:"10m"`
	Expiry Duration `yaml:"expiry" doc:"with tls: an alert is due when a served certificate ends sooner" default:"7d" min:"1s" max:"365d"`
}

// monitored says where alerts are looked up: the source, its URL ("" for the
// bundled monitor), and how often.
func (s *Scenario) monitored() drill.MonitoringSpec {
	m := s.Monitoring
	if m == nil {
		return drill.MonitoringSpec{Source: drill.Prometheus, Interval: time.Second}
	}
	out := drill.MonitoringSpec{Source: drill.Prometheus, URL: m.Prometheus, Interval: m.Interval.std()}
	if m.Alertmanager != "" {
		out.Source, out.URL = drill.Alertmanager, m.Alertmanager
	}
	return out
}

// monitoringSpec is what judging needs to know of it, nil when no alert is asked
// for.
func (s *Scenario) monitoringSpec() *drill.MonitoringSpec {
	if len(s.Objectives.Alerts) == 0 {
		return nil
	}
	m := s.monitored()
	for _, a := range s.Objectives.Alerts {
		m.Alerts = append(m.Alerts, s.alert(a))
	}
	return &m
}

func (s *Scenario) alert(a AlertTarget) drill.AlertSpec {
	out := drill.AlertSpec{Name: a.Alert, Labels: a.Labels}
	if i := slices.IndexFunc(s.Steps, func(st Step) bool { return a.Step != "" && st.Name == a.Step }); i >= 0 {
		out.Step = stepID(i)
	}
	return out
}

// alertObjectives are the targets of the i-th alert; only where several have one
// name do their labels stand in the names of the objectives.
func (s *Scenario) alertObjectives(i int) []drill.Objective {
	a := s.Objectives.Alerts[i]
	spec, id := s.alert(a), "alerts."+a.Alert
	same := func(b AlertTarget) bool { return b.Alert == a.Alert }
	if rest := slices.DeleteFunc(slices.Clone(s.Objectives.Alerts), same); len(rest) < len(s.Objectives.Alerts)-1 {
		id = "alerts." + spec.Selector()
	}
	out := spec.Objectives(id, a.Fires.std(), a.Resolves.std())
	for k := range out {
		out[k].File, out[k].Line = s.file, s.marks[fmt.Sprintf("objectives.alerts[%d]", i)].line
	}
	return out
}
