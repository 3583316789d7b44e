package records

import (
	"strings"
	"testing"

	"github.com/drillctl/drillctl/drill"
)

// A run can be asked of the groups of clients that it had, and of no others.
func TestObjectivesOfOtherClients(t *testing.T) {
	asked := drill.Spec{Objectives: []drill.Objective{
		{ID: "rto", Metric: drill.MetricRTA}, {ID: "origins.eu.rto", Metric: drill.OriginMetric(drill.MetricRTA, "eu")},
		{ID: "origins.mars.availability", Metric: drill.OriginMetric(drill.MetricAvailability, "mars")},
	}}
	ran := drill.Spec{Steps: []drill.StepSpec{{ID: "steps[0]"}}, Load: drill.LoadSpec{Origins: []drill.OriginSpec{{Region: "us-east", Share: 0.6}, {Region: "eu", Share: 0.4}}}}
	if got := unanswerable(asked, ran); len(got) != 1 || !strings.Contains(got[0], "mars") {
		t.Errorf("cannot be asked: %v", got)
	}
	ran.Load.Origins = nil
	if got := unanswerable(asked, ran); len(got) != 2 {
		t.Errorf("without groups, cannot be asked: %v", got)
	}
}
