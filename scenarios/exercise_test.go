package scenarios

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drillctl/drillctl/drill"
)

func TestContext(t *testing.T) {
	sc := mustParse(t, "everything.yaml", corpus(t, "ok")["everything"])
	want := &drill.Context{
		Labels: []string{"one", "2"}, Routing: "failover", Replication: "backup", Schedule: "quarterly", Every: 92 * day,
		Exercise: &drill.Exercise{
			Type: "live-failover", Place: "Abuja and Lagos", Plan: "DR-12", PlanVersion: "3.1", Why: "The region's power feed failed twice last year.",
			Scope: "orders, from the client to the store", Functions: []string{"orders", "payments"}, Exclusions: []string{"reporting"},
			Assumptions: []string{"one region at a time"}, Differences: []string{"a tenth of its traffic"}, ApprovedBy: "Katherine", ApprovedOn: "2026-10-01",
			Risks:        []drill.RiskAcceptance{{Risk: "stale reads for a second", By: "Katherine", Until: "2027-03-31"}},
			Distribution: []string{"risk committee"}, Retention: "7 years",
			Participants: []drill.Participant{{Name: "Ada", Role: "facilitator"}, {Name: "Grace", Role: "operator", Organisation: "A supplier", Absent: true}},
		},
	}
	if d := cmp.Diff(want, sc.Spec().Context); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if e := mustParse(t, "minimal.yaml", corpus(t, "ok")["minimal"]).Spec().Context.Exercise; e != nil {
		t.Errorf("a scenario that says nothing has an exercise: %+v", e)
	}
}

func TestSchedule(t *testing.T) {
	for text, want := range map[string]time.Duration{"daily": day, "quarterly": 92 * day, "90d": 90 * day, "12h": 12 * time.Hour, "yearly": 366 * day,
		"": -1, "sometimes": -1, "0d": -1, "90": -1, "-1d": -1, "999d": -1, "1d12h": -1} {
		var s Schedule
		err := s.UnmarshalText([]byte(text))
		if (err != nil) != (want < 0) || err == nil && s.Every() != want {
			t.Errorf("%q: %v (%v), want %v", text, s.Every(), err, want)
		}
	}
	for text, ok := range map[string]bool{"2026-02-28": true, "2026-02-30": false, "2026-13-01": false, "tomorrow": false} {
		var d Date
		if err := d.UnmarshalText([]byte(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
