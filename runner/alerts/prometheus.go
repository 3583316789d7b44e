package alerts

import (
	"context"
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/drill"
)

// prometheus reads /api/v1/alerts, and /api/v1/rules for the alerts that are not
// there: whether a rule is quiet or unknown shows there only.
type prometheus struct {
	api
	known map[string]bool // rules that were there once
}

// An answer is what all of /api/v1 is wrapped in.
type answer[T any] struct {
	Status string `json:"status"`
	Error  string `json:"error"`
	Data   *T     `json:"data"`
}

// ask reads one path of /api/v1.
func ask[T any](ctx context.Context, a api, path string) (T, error) {
	var out answer[T]
	var none T
	if err := a.get(ctx, path, &out); err != nil {
		return none, err
	}
	if out.Status != "success" || out.Data == nil {
		return none, fmt.Errorf("%s: %w", path, errors.New(told([]byte("status "+out.Status+" "+out.Error))))
	}
	return *out.Data, nil
}

type activeAlerts struct {
	Alerts []struct {
		Labels map[string]string `json:"labels"`
		State  string            `json:"state"` // pending or firing
	} `json:"alerts"`
}

type ruleGroups struct {
	Groups []struct {
		Rules []struct {
			Type string `json:"type"`
			Name string `json:"name"`
		} `json:"rules"`
	} `json:"groups"`
}

func (p *prometheus) look(ctx context.Context, alerts []drill.AlertSpec) ([]string, error) {
	active, err := ask[activeAlerts](ctx, p.api, "/api/v1/alerts")
	if err != nil {
		return nil, err
	}
	states := make([]string, len(alerts))
	quiet := false
	for i, a := range alerts {
		states[i] = drill.AlertInactive
		for _, x := range active.Alerts {
			if !a.Fits(x.Labels) {
				continue
			}
			if p.learn(a.Name); x.State == "firing" {
				states[i] = drill.AlertFiring
			} else if states[i] == drill.AlertInactive {
				states[i] = drill.AlertPending
			}
		}
		quiet = quiet || !p.known[a.Name]
	}
	if !quiet {
		return states, nil
	}
	return p.unknown(ctx, alerts, states)
}

func (p *prometheus) learn(name string) {
	if p.known == nil {
		p.known = map[string]bool{}
	}
	p.known[name] = true
}

// unknown marks the alerts for which there is no rule.
func (p *prometheus) unknown(ctx context.Context, alerts []drill.AlertSpec, states []string) ([]string, error) {
	rules, err := ask[ruleGroups](ctx, p.api, "/api/v1/rules?type=alert")
	if err != nil {
		return nil, err
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if r.Type == "alerting" {
				p.learn(r.Name)
			}
		}
	}
	for i, a := range alerts {
		if !p.known[a.Name] {
			states[i] = drill.AlertUnknown
		}
	}
	return states, nil
}
