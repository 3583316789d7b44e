package monitor

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// wrapped is what all of Prometheus's API is in.
type wrapped struct {
	Status string `json:"status"`
	Data   any    `json:"data"`
}

type ruleGroup struct {
	Name           string      `json:"name"`
	File           string      `json:"file"`
	Rules          []ruleState `json:"rules"`
	Interval       float64     `json:"interval"` // seconds
	Limit          int         `json:"limit"`
	EvaluationTime float64     `json:"evaluationTime"` // seconds
	LastEvaluation time.Time   `json:"lastEvaluation"`
}

type ruleState struct {
	State          string            `json:"state"`
	Name           string            `json:"name"`
	Query          string            `json:"query"`
	Duration       float64           `json:"duration"` // seconds
	KeepFiringFor  float64           `json:"keepFiringFor"`
	Labels         map[string]string `json:"labels"`
	Annotations    map[string]string `json:"annotations"`
	Alerts         []alert           `json:"alerts"`
	Health         string            `json:"health"`
	EvaluationTime float64           `json:"evaluationTime"`
	LastEvaluation time.Time         `json:"lastEvaluation"`
	Type           string            `json:"type"`
}

func (m *monitor) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alive\n") })
	mux.HandleFunc("GET /api/v1/alerts", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]any{"alerts": m.active()}) })
	mux.HandleFunc("GET /api/v1/rules", func(w http.ResponseWriter, r *http.Request) {
		groups := []ruleGroup{m.group()}
		if r.FormValue("type") == "record" {
			groups = []ruleGroup{}
		}
		answer(w, map[string]any{"groups": groups})
	})
	return mux
}

func answer(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(wrapped{"success", data}) // the asker may be gone
}

// active are all alerts that are pending or firing.
func (m *monitor) active() []alert {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []alert{}
	for _, r := range m.rules {
		out = append(out, m.of(r.name)...)
	}
	return out
}

func (m *monitor) group() ruleGroup {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := ruleGroup{Name: "gateways", File: "bundled", Rules: []ruleState{}, Interval: m.Interval.Seconds(), EvaluationTime: m.took.Seconds(), LastEvaluation: m.at}
	for _, r := range m.rules {
		s := ruleState{State: inactive, Name: r.name, Query: r.query, Duration: m.For.Seconds(), Labels: map[string]string{"severity": r.severity},
			Annotations: map[string]string{"summary": r.summary}, Alerts: m.of(r.name), Health: "ok", EvaluationTime: m.took.Seconds(), LastEvaluation: m.at, Type: "alerting"}
		for _, a := range s.Alerts {
			if a.State == firing || s.State == inactive {
				s.State = a.State
			}
		}
		if m.at.IsZero() {
			s.Health = "unknown"
		}
		g.Rules = append(g.Rules, s)
	}
	return g
}
