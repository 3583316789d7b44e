package monitor

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An alert is one condition that holds, in the form of Prometheus's API.
type alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	State       string            `json:"state"`
	ActiveAt    time.Time         `json:"activeAt"`
	Value       string            `json:"value"`
}

// The states of alerts and rules.
const (
	inactive = "inactive"
	pending  = "pending"
	firing   = "firing"
)

// A monitor evaluates its rules after each scrape.
type monitor struct {
	Config
	targets []*scraper
	rules   []rule
	usual   map[string]float64 // requests by region, while nothing was odd
	now     time.Time          // of the evaluation that is going on

	mu     sync.Mutex
	alerts map[string]map[string]alert // by rule and labels
	at     time.Time                   // of the last evaluation
	took   time.Duration
}

func newMonitor(c Config) *monitor {
	return &monitor{Config: c, targets: scrapers(c), rules: rules(c.Window, c.Expiry), usual: map[string]float64{}, alerts: map[string]map[string]alert{}}
}

// evaluate looks at all rules: what holds is pending, then firing when it has
// held for long enough, and gone as soon as it does not hold any more.
func (m *monitor) evaluate(now time.Time) {
	began := time.Now()
	m.now = now
	next := map[string]map[string]alert{}
	for _, r := range m.rules {
		next[r.name] = map[string]alert{}
		for _, f := range r.holds(m) {
			key := keyOf(f.labels)
			a := alert{Labels: maps.Clone(f.labels), Annotations: map[string]string{"summary": r.summary}, State: pending, ActiveAt: now, Value: strconv.FormatFloat(f.value, 'e', -1, 64)}
			a.Labels["alertname"], a.Labels["severity"] = r.name, r.severity
			if was, ok := m.alerts[r.name][key]; ok {
				a.ActiveAt = was.ActiveAt
			}
			if now.Sub(a.ActiveAt) >= m.For {
				a.State = firing
			}
			next[r.name][key] = a
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alerts, m.at, m.took = next, now, time.Since(began)
}

func keyOf(labels map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		b.WriteString(k + "=" + labels[k] + "\x00")
	}
	return b.String()
}

// of lists the alerts of a rule, by their labels.
func (m *monitor) of(rule string) []alert {
	out := []alert{}
	for _, key := range slices.Sorted(maps.Keys(m.alerts[rule])) {
		out = append(out, m.alerts[rule][key])
	}
	return out
}
