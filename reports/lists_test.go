package reports

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/golden"
)

func someRuns() []RunSummary {
	began := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	return []RunSummary{
		{ID: "20260304T050607Z-region-blackhole-3f9a", Scenario: "region-blackhole", Began: began, Verdict: drill.Pass, Duration: 48 * time.Second,
			RTA: sec(drill.MetricRTA, 4.31, 0.03), RPA: drill.Reading{High: 0.023, Unit: drill.Seconds, Known: true}},
		{ID: "20260304T060607Z-split-brain-partition-77b1", Scenario: "split-brain-partition", Began: began.Add(time.Hour), Verdict: drill.Fail, Duration: 75 * time.Second,
			RTA: drill.Reading{Value: 40, Unit: drill.Seconds, Known: true, Censored: true}, RPA: sec(drill.MetricRPA, 2.1, 0.02)},
		{ID: "20260304T070607Z-gateway-crash-02cd", Scenario: "gateway-crash", Began: began.Add(2 * time.Hour), Note: "never finished: drillctl recover 20260304T070607Z-gateway-crash-02cd"},
	}
}

func somePlan() PlanView {
	targets := spec().Steps[0].Targets
	v := PlanView{Scenario: "region-blackhole", Seed: 4218, Runtime: "process",
		Phases: []PlanPhase{{"steady", 0, 5 * time.Second}, {"fault", 5 * time.Second, 25 * time.Second}, {"settle", 30 * time.Second, 15 * time.Second}},
		Steps: []PlanStep{
			{"steps[0]", 5 * time.Second, 20 * time.Second, "blackhole", targets, "blackhole on region us-east for 20s", 0, nil},
			{"steps[1]", 7 * time.Second, 0, "kill", []string{"eu-api-2"}, "kill one of role api in region eu", 0, nil},
			{"steps[2]", 9 * time.Second, 5 * time.Second, "partition", []string{"eu-api-2"}, "partition on name eu-api-2 from role client, region eu for 5s", 0, []string{"client-1 (clients near eu)"}},
			{"steps[3]", 10 * time.Second, 0, "run", nil, "declare the disaster", 30 * time.Second, nil},
			{"steps[4]", 11 * time.Second, 0, "confirm", nil, "is it declared?", time.Minute, nil},
		}}
	for i, name := range append(targets, "us-west-api-1", "eu-api-2") {
		v.Instances = append(v.Instances, PlanInstance{name, name[:7], "api", fmt.Sprintf("10.77.0.%d", i+1)})
	}
	return v
}

func TestLists(t *testing.T) {
	checks := []Check{
		{"user namespaces", true, "can be made without root", ""},
		{"netem", false, "not in this kernel: latency will take the relay, which adds about 0.1 ms of its own and cannot delay UDP", "modprobe sch_netem, if the kernel has it; else nothing need be done"},
	}
	for name, write := range map[string]func(*bytes.Buffer, Options) error{
		"runs":     func(b *bytes.Buffer, o Options) error { return Runs(b, someRuns(), o) },
		"runs.no":  func(b *bytes.Buffer, o Options) error { return Runs(b, nil, o) },
		"plan":     func(b *bytes.Buffer, o Options) error { return Plan(b, somePlan(), o) },
		"checks":   func(b *bytes.Buffer, o Options) error { return Checks(b, checks, o) },
		"checks.1": func(b *bytes.Buffer, o Options) error { return Checks(b, checks[:1], o) },
	} {
		for _, w := range []int{80, 120} {
			t.Run(fmt.Sprintf("%s/%d", name, w), func(t *testing.T) {
				var b bytes.Buffer
				if err := write(&b, Options{Width: w}); err != nil {
					t.Fatal(err)
				}
				golden.Assert(t, fmt.Sprintf("%s.%d.txt", name, w), b.Bytes())
			})
		}
	}
}

func TestLookup(t *testing.T) {
	for _, name := range Names() {
		if f, err := Lookup(name); err != nil || f.Name != name || f.Doc == "" || f.Ext == "" || f.Render == nil {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	if _, err := Lookup("yaml"); err == nil || err.Error() != `unknown format "yaml"; known: table, json, junit, markdown, openmetrics, csv, html` {
		t.Errorf("got %v", err)
	}
}
