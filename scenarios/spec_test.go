package scenarios

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
)

func mustParse(t testing.TB, file string, src []byte) *Scenario {
	t.Helper()
	s, problems := Parse(file, src, faults.All())
	for _, p := range problems {
		t.Error(p.Format(src))
	}
	if s == nil {
		t.Fatalf("%s: no scenario", file)
	}
	return s
}

func sameDamage(a, b faults.Fault) bool { return reflect.DeepEqual(a, b) }

func TestSpec(t *testing.T) {
	everything := mustParse(t, "testdata/ok/everything.yaml", corpus(t, "ok")["everything"])
	want := drill.Spec{
		Scenario: "everything", Title: "Every key: of the format", Regions: []string{"us-east", "us-west", "eu"}, Primary: "us-east",
		Load: drill.LoadSpec{ReadRate: 200, WriteRate: 1, Timeout: 2 * time.Second, Deadline: 500 * time.Millisecond, Profile: "fresh",
			Origins: []drill.OriginSpec{{Region: "us-east", Share: 0.6}, {Region: "eu", Share: 0.4}}, Resolver: drill.ResolverSpec{IgnoreTTL: true, AtLeast: 10 * time.Second}},
		Steady: drill.SteadySpec{For: 10 * time.Second, Success: 0.9995},
		Hold:   5 * time.Second, HealthInterval: 500 * time.Millisecond, Settle: 30 * time.Second,
		Detect: drill.DetectSpec{Window: 2 * time.Second, MinRequests: 20, MinBad: 5, Down: 0.2, Up: 0.02, CapacityFloor: 0.8, ShareTol: 0.05},
		Steps: []drill.StepSpec{
			{ID: "steps[0]", Fault: "latency", At: time.Second, For: 10 * time.Second, Regions: []string{"us-west", "eu"}, Text: "slow links"},
			{ID: "steps[1]", Fault: "blackhole", At: 12 * time.Second, For: 20 * time.Second, Regions: []string{"us-east"}, Text: "blackhole on region us-east for 20s", TakesDown: true},
		},
		Budget: &drill.BudgetSpec{SLO: 0.999, Window: 30 * 24 * time.Hour, Spend: 0.05},
		Monitoring: &drill.MonitoringSpec{Source: drill.Prometheus, Interval: 500 * time.Millisecond, Alerts: []drill.AlertSpec{
			{Name: "GatewaySlow", Labels: map[string]string{"region": "us-west"}, Step: "steps[0]"}, {Name: "GatewayDown"}}},
		Drift: drill.DriftSpec{Fail: true, Ignore: []string{"proxy.drain", "api:*.bugs"}},
	}
	got := everything.Spec()
	objectives, about := got.Objectives, got.Context
	got.Objectives, got.Context = nil, nil
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if about == nil || about.Replication != "backup" {
		t.Errorf("context: %+v", about)
	}
	for i, o := range []drill.Objective{
		{ID: "failover", Metric: drill.MetricFailover, Op: drill.AtMost, Target: 20, Unit: drill.Seconds, Line: 44},
		{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 20, Unit: drill.Seconds, Line: 45},
		{ID: "rpo", Metric: drill.MetricRPA, Op: drill.AtMost, Target: 10, Unit: drill.Seconds, Line: 46},
		{ID: "lost-writes", Metric: drill.MetricLostWrites, Op: drill.AtMost, Target: 100, Unit: drill.Count, Line: 47},
		{ID: "availability", Metric: drill.MetricAvailability, Op: drill.AtLeast, Target: 0.5, Unit: drill.Ratio, Line: 48},
	} {
		o.File = "testdata/ok/everything.yaml"
		if d := cmp.Diff(o, objectives[i]); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
}

// Each group of clients has its targets, at their places.
func TestObjectivesOfOrigins(t *testing.T) {
	got := mustParse(t, "origins.yaml", corpus(t, "ok")["load-origins"]).Spec().Objectives
	want := []drill.Objective{
		{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 10, Unit: drill.Seconds, File: "origins.yaml", Line: 16},
		{ID: "origins.eu.rto", Metric: "rta eu", Op: drill.AtMost, Target: 10, Unit: drill.Seconds, File: "origins.yaml", Line: 18},
		{ID: "origins.eu.availability", Metric: "availability eu", Op: drill.AtLeast, Target: 0.4, Unit: drill.Ratio, File: "origins.yaml", Line: 18},
		{ID: "origins.us-east.availability", Metric: "availability us-east", Op: drill.AtLeast, Target: 0.99, Unit: drill.Ratio, File: "origins.yaml", Line: 19},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Every metric has an objective, and they agree on the unit.
func TestObjectivesAreMetrics(t *testing.T) {
	s := mustParse(t, "everything", corpus(t, "ok")["everything"])
	s.Objectives.Overshoot, s.Objectives.Declared = new(Multiple), new(Duration)
	s.Objectives.LetIn, s.Objectives.Refused = new(int), new(int)
	s.Objectives.Limited, s.Objectives.Abort = new(Percent), new(Duration)
	asked := map[string]drill.Objective{}
	for _, o := range s.Spec().Objectives {
		if drill.OfOrigin(o.Metric) != "" { // asks again, of one group
			continue
		}
		if metric, alert := drill.SplitMetric(o.Metric); alert != "" {
			o.ID, o.Metric = "alerts "+metric, metric
		}
		asked[o.ID] = o
	}
	for _, m := range drill.Metrics() {
		if m.Objective == "alerts" {
			m.Objective += " " + m.Name
		}
		o, ok := asked[m.Objective]
		if !ok || o.Metric != m.Name || o.Unit != m.Unit {
			t.Errorf("metric %s (%s) is asked by %+v", m.Name, m.Objective, o)
		}
		delete(asked, m.Objective)
	}
	for id := range asked {
		t.Errorf("objective %s has no metric", id)
	}
}

func TestDefaults(t *testing.T) {
	s := mustParse(t, "minimal", corpus(t, "ok")["minimal"])
	got := s.Spec()
	if got.Primary != "a" || got.Hold != 30*time.Second || got.Settle != 31*time.Second || got.Load.Deadline != time.Second ||
		got.Steady != (drill.SteadySpec{For: 5 * time.Second, Success: 0.999}) || got.Load.Profile != "pooled" || got.HealthInterval != time.Second {
		t.Errorf("%+v", got)
	}
	if d := got.Detect; d != (drill.DetectSpec{Window: time.Second, MinRequests: 10, MinBad: 3, Down: 0.1, Up: 0.01, CapacityFloor: 0.9, ShareTol: 0.1}) {
		t.Errorf("%+v", d)
	}
}

// A fault survives the trip through JSON that the journal makes it take.
func TestDamageSurvivesJSON(t *testing.T) {
	for _, st := range mustParse(t, "every-fault", corpus(t, "ok")["every-fault"]).Steps {
		b, err := json.Marshal(st.Damage)
		if err != nil {
			t.Fatal(err)
		}
		again := st.Kind.New()
		if err := json.Unmarshal(b, again); err != nil || !sameDamage(st.Damage, again) {
			t.Errorf("%s: %+v became %+v (%v)", st.Fault, st.Damage, again, err)
		}
	}
}
