package alerts

import (
	"context"

	"github.com/drillctl/drillctl/drill"
)

// alertmanager reads /api/v2/alerts: what was sent to it and has not resolved.
// What is silenced or inhibited is there, too, but nobody is told of it.
type alertmanager struct{ api }

type gettableAlert struct {
	Labels map[string]string `json:"labels"`
	Status struct {
		State string `json:"state"` // unprocessed, active or suppressed
	} `json:"status"`
}

func (m alertmanager) look(ctx context.Context, alerts []drill.AlertSpec) ([]string, error) {
	var active []gettableAlert
	if err := m.get(ctx, "/api/v2/alerts", &active); err != nil {
		return nil, err
	}
	states := make([]string, len(alerts))
	for i, a := range alerts {
		states[i] = drill.AlertInactive
		for _, x := range active {
			switch {
			case !a.Fits(x.Labels):
			case x.Status.State != "suppressed":
				states[i] = drill.AlertFiring
			case states[i] == drill.AlertInactive:
				states[i] = drill.AlertSuppressed
			}
		}
	}
	return states, nil
}
