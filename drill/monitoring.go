package drill

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MonitoringSpec says where alerts are looked up while a drill lasts, and which.
type MonitoringSpec struct {
	Source   string        `json:"source"`        // prometheus or alertmanager: whose API is read
	URL      string        `json:"url,omitempty"` // empty for the monitor of the bundled system
	Interval time.Duration `json:"interval_ns"`   // between two polls: the resolution of all that is said of alerts
	Alerts   []AlertSpec   `json:"alerts"`
}

// The APIs in which alerts are looked up.
const (
	Prometheus   = "prometheus"   // /api/v1/alerts and /api/v1/rules
	Alertmanager = "alertmanager" // /api/v2/alerts
)

// Who names the source for a reader.
func (m MonitoringSpec) Who() string {
	if m.URL == "" {
		return "the bundled monitor"
	}
	return m.Source + " at " + m.URL
}

// An AlertSpec is one alert that is watched. Of several alerts that fit, as those
// of several instances, any one fires for all.
type AlertSpec struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"` // that it must have, beside others
	Step   string            `json:"step,omitempty"`   // whose damage it is about; empty for that of all steps
}

// Selector is the alert as Prometheus would write it: Name{key="value"}.
func (a AlertSpec) Selector() string {
	if len(a.Labels) == 0 {
		return a.Name
	}
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(a.Labels)) {
		pairs = append(pairs, key+"="+strconv.Quote(a.Labels[key]))
	}
	return a.Name + "{" + strings.Join(pairs, ",") + "}"
}

// Fits says whether an alert with these labels is meant.
func (a AlertSpec) Fits(labels map[string]string) bool {
	if labels["alertname"] != a.Name {
		return false
	}
	for key, want := range a.Labels {
		if labels[key] != want {
			return false
		}
	}
	return true
}

// Data["to"] of a KindAlert event: what a poll saw of an alert. They are in order
// of how much they mean.
const (
	AlertUnknown    = "unknown"    // the source has no rule of that name
	AlertInactive   = "inactive"   // the rule's condition does not hold
	AlertPending    = "pending"    // it holds, but not for long enough
	AlertSuppressed = "suppressed" // it fires, and nobody is told: silenced or inhibited
	AlertFiring     = "firing"
)

// Data["to"] of a KindMonitoring event.
const (
	SourceAnswers = "answers"
	SourceSilent  = "silent"
	SourceLeft    = "left" // the polls ended with the drill
)

// Data["last"] of events about alerts is when the last poll began that still saw
// what was before. It is a time of the drill in nanoseconds.
const lastPoll = "last"

// AlertEvent says that a poll, answered at the time at, saw an alert in another
// state than the one begun at last.
func AlertEvent(at time.Duration, a AlertSpec, from, to string, last time.Duration) Event {
	e := Event{At: at, Kind: KindAlert, Subject: a.Selector(), Data: map[string]string{"to": to}}
	if from != "" {
		e.Data["from"], e.Data[lastPoll] = from, strconv.FormatInt(int64(last), 10)
	}
	return e
}

// MonitoringEvent says that a source began to answer, or ceased to. last is when
// the last poll began that was answered, negative when none ever was.
func MonitoringEvent(at time.Duration, source, to string, last time.Duration, why string) Event {
	e := Event{At: at, Kind: KindMonitoring, Subject: source, Note: why, Data: map[string]string{"to": to}}
	if last >= 0 {
		e.Data[lastPoll] = strconv.FormatInt(int64(last), 10)
	}
	return e
}

// since is the poll that an event names, and whether it names one.
func (e Event) since() (time.Duration, bool) {
	ns, err := strconv.ParseInt(e.Data[lastPoll], 10, 64)
	return time.Duration(ns), err == nil
}

// The readings of one alert are called like their metric and then like the alert.
func alertMetric(metric string, a AlertSpec) string { return metric + " " + a.Selector() }

// SplitMetric takes the name of a reading apart: the metric in the list of all,
// and the alert (see OfAlert) or the group of clients (see OfOrigin) that it is
// of, "" for all others.
func SplitMetric(name string) (metric, of string) {
	for _, m := range []string{MetricAlertFires, MetricResolves, MetricRTA, MetricAvailability} {
		if of, ok := strings.CutPrefix(name, m+" "); ok {
			return m, of
		}
	}
	return name, ""
}

// OfAlert is the alert that a reading is of, "" for others.
func OfAlert(name string) string {
	if metric, of := SplitMetric(name); metric == MetricAlertFires || metric == MetricResolves {
		return of
	}
	return ""
}

// Objectives are the targets for one alert: that it fires, and, unless resolves
// is 0, that it resolves. id is the beginning of their names.
func (a AlertSpec) Objectives(id string, fires, resolves time.Duration) []Objective {
	at := func(word, metric string, d time.Duration) Objective {
		return Objective{ID: fmt.Sprintf("%s.%s", id, word), Metric: alertMetric(metric, a), Op: AtMost, Target: d.Seconds(), Unit: Seconds}
	}
	out := []Objective{at("fires", MetricAlertFires, fires)}
	if resolves > 0 {
		out = append(out, at("resolves", MetricResolves, resolves))
	}
	return out
}
