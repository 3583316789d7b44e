package suite

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes/process"
	"github.com/drillctl/drillctl/scenarios"
)

// A comparison is one suite of all its variants; one that could not be measured
// is in the table with its reason, and the exit code says so.
func TestComparedVariants(t *testing.T) {
	c := scenarios.Comparisons()[0]
	entries, err := variants(c)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	env := terminal.Env{In: new(bytes.Buffer), Out: &out, Err: new(bytes.Buffer), Getenv: func(string) string { return "" }, Width: func() int { return 140 }}
	set := settings.Bind(new(cobra.Command), subject.RuntimeNames())
	s, err := newSuite(env, set, Options{Parallel: 1, Trials: 1, Quiet: true}, entries)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.entries {
		if s.entries[i].on, err = subject.Of(env, s.entries[i].Scenario, nil, process.Name); err != nil {
			t.Fatal(err)
		}
	}
	s.execute = func(_ context.Context, _ terminal.Env, u unit) result {
		rec := drill.Record{Schema: drill.RecordSchema, RunID: "r", Outcome: runner.Completed, Verdict: drill.Pass, Cleanup: drill.Cleanup{Verified: true}}
		rec.Analysis.Readings = []drill.Reading{{Metric: drill.MetricRTA, Value: float64(u.drill) + 0.5, Unit: drill.Seconds, Known: true}}
		if u.drill == 2 {
			rec.Verdict, rec.Reason = drill.Inconclusive, "the load was starved"
		}
		return result{rec: rec}
	}
	s.run(t.Context())
	view, err := s.compared(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(view.Variants) != len(c.Variants) || view.Variants[1].RTA.Value != 1.5 || view.Variants[1].Problem != "" || !strings.Contains(view.Variants[2].Problem, "starved") {
		t.Errorf("%+v", view.Variants)
	}
	// Three regions with a traffic manager and a store each, and 2+1+1 or 2+2+2
	// gateways and APIs.
	if small, full := view.Variants[0].Instances, view.Variants[2].Instances; small != 14 || full != 18 {
		t.Errorf("%d and %d instances", small, full)
	}
	if code := exit.Code(s.verdict(time.Now())); code != exit.Inconclusive {
		t.Errorf("exit %d", code)
	}
	for output, want := range map[string]string{"table": "backup & restore", "json": `"name": "strategies"`, "markdown": "| pilot light |"} {
		out.Reset()
		if err := writeComparison(env, set, view, output); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v\n%s", output, err, out.String())
		}
	}
}
