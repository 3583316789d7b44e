package quarter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/golden"
	"github.com/drillctl/drillctl/reports/people"
)

var (
	q4  = must(Parse("2026-Q4"))
	now = time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	dev = drill.Tool{Version: "v0.4.0"}
)

func must(p Period, err error) Period {
	if err != nil {
		panic(err)
	}
	return p
}

// made is a run as a drill could have left it.
func made(id, scenario, fault string, at time.Time, v drill.Verdict, rta float64) Run {
	r := Run{ID: id, Registered: at, Scenario: drill.ScenarioRef{Name: scenario}, Evidence: Evidence{Manifest: "11aa", Chain: "22bb", Files: 9}}
	if v == drill.Unjudged {
		r.Evidence = Evidence{}
		return r
	}
	reading := drill.Reading{Metric: drill.MetricRTA, Value: rta, Low: rta - 0.02, High: rta + 0.02, Unit: drill.Seconds, Known: true, Clock: "t_A to t_R"}
	step := drill.StepSpec{ID: "steps[0]", Fault: fault, Regions: []string{"us-east"}, Text: fault + " on region us-east for 20s", TakesDown: fault == "blackhole"}
	r.Record = &drill.Record{
		Schema: drill.RecordSchema, RunID: id, Tool: drill.Tool{Version: "v0.4.0", Go: "go1.26"}, Scenario: drill.ScenarioRef{Name: scenario, SHA256: "c0de"},
		Attempt:     drill.Attempt{RegisteredAt: at, SHA256: "a77e"},
		Environment: drill.Environment{Runtime: "process", System: "the bundled system", Host: map[string]string{"os": "linux", "arch": "amd64", "kernel": "6.12", "cpus": "2"}},
		Began:       at.Add(time.Second), Ended: at.Add(50 * time.Second), Outcome: "completed", Verdict: v, Cleanup: drill.Cleanup{Verified: true},
		Spec: drill.Spec{Scenario: scenario, Title: "Title of " + scenario, Regions: []string{"us-east", "us-west"}, Load: drill.LoadSpec{ReadRate: 300, WriteRate: 50}, Steps: []drill.StepSpec{step},
			Context: &drill.Context{Replication: "async", Schedule: "quarterly", Every: 92 * 24 * time.Hour}},
		Objectives: []drill.Result{{Objective: drill.Objective{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 8, Unit: drill.Seconds}, Reading: reading, Verdict: v}},
		Analysis: drill.Analysis{Readings: []drill.Reading{reading}, Faults: []drill.FaultReport{{Step: step, IsInForce: true, IsGone: true}},
			Ledger: &drill.LedgerReport{Known: true, Attempted: 100, Acked: 90}, Load: drill.LoadReport{Resolution: 20 * time.Millisecond}},
		Timeline: []drill.Event{{At: 0, Kind: drill.KindPhase, Subject: "steady"}, {At: 7 * time.Second, Kind: drill.KindFaultApplied, Subject: "steps[0]"}, {At: 27 * time.Second, Kind: drill.KindFaultReverted, Subject: "steps[0]"}},
	}
	return r
}

func day(month time.Month, d int) time.Time { return time.Date(2026, month, d, 7, 15, 0, 0, time.UTC) }

// story is a quarter with everything in it, and two runs before.
func story() []Run {
	old := made("20260801-blackhole", "region-blackhole", "blackhole", day(8, 1), drill.Fail, 12.5)
	full := made("20261105-blackhole", "region-blackhole", "blackhole", day(11, 5), drill.Pass, 4.2)
	full.Record.SystemFingerprint = "0ther"
	full.Record.Spec.Context.Exercise = &drill.Exercise{Type: "live-failover", Plan: "DR-12", PlanVersion: "3.1", Why: "power feeds fail", Scope: "orders | all",
		Participants: []drill.Participant{{Name: "Ada", Role: "facilitator"}, {Name: "Grace", Role: "operator", Absent: true}}, ApprovedBy: "Ada", ApprovedOn: "2026-10-01",
		Risks: []drill.RiskAcceptance{{Risk: "stale reads", By: "Katherine", Until: "2026-12-31"}}, Retention: "7 years", Distribution: []string{"risk committee"}}
	full.Record.Timeline = append(full.Record.Timeline, drill.Event{At: 9 * time.Second, Kind: drill.KindActionDone, Step: "steps[1]", Data: map[string]string{"by": "ada (--yes)"}})
	full.Record.Analysis.Detections = []drill.Detection{{By: "us-west-gateway-1", Subject: "us-east-api-1", At: 9400 * time.Millisecond}}
	full.Record.Analysis.Outages = []drill.Incident{{Start: 7100 * time.Millisecond, Recovered: 11300 * time.Millisecond, IsRecovered: true}}
	full.People = []people.Entry{{At: day(11, 6), Kind: people.Note, By: "Ada", Text: "the pager <b>rang</b>"}, {At: day(11, 7), Kind: people.Signature, By: "Ada", Role: "facilitator"}}
	missed := made("20261110-kill", "api-kill", "kill", day(11, 10), drill.Fail, 9.1)
	missed.People = []people.Entry{{At: day(11, 11), Kind: people.Finding, ID: "F1", Severity: "low", Objective: "rto", Text: "checks are slow", Owner: "Grace", Due: "2026-12-01"},
		{At: day(11, 11), Kind: people.Finding, ID: "F2", Severity: "high", Text: "rules are old", Owner: "Ada", Due: "2027-01-10"}, {At: day(11, 12), Kind: people.Close, ID: "F2", By: "Ada", Text: "done"}}
	vague := made("20261201-slow", "slow", "latency", day(12, 1), drill.Inconclusive, 3)
	vague.Record.Analysis.Invalid = []drill.Invalidity{{Code: "saturated", Text: "the generator was saturated"}}
	return []Run{vague, old, missed, made("20261104-blackhole", "region-blackhole", "blackhole", day(11, 4), drill.Unjudged, 0), full}
}

func TestGolden(t *testing.T) {
	q := Make(q4, story(), now, dev)
	var md, js bytes.Buffer
	if err := Markdown(&md, q); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&js, q); err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "quarter.md", md.Bytes())
	golden.Assert(t, "quarter.json", js.Bytes())
	golden.Assert(t, "quarter.schema.json", JSONSchema())
}

func TestObeysItsSchema(t *testing.T) {
	doc, err := validator.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("mem://quarter", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("mem://quarter")
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]Quarter{"story": Make(q4, story(), now, dev), "empty": Make(q4, nil, now, dev)} {
		var b bytes.Buffer
		if err := JSON(&b, q); err != nil {
			t.Fatal(err)
		}
		inst, err := validator.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(inst); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		bad := inst.(map[string]any)
		bad["schema"] = "another"
		if schema.Validate(bad) == nil {
			t.Errorf("%s: the schema lets another version pass", name)
		}
	}
}

func TestSummary(t *testing.T) {
	q := Make(q4, story(), now, dev)
	s := q.Summary
	if s.Attempts != 4 || s.Finished != 3 || s.Unfinished != 1 || s.Passed != 1 || s.Failed != 1 || s.Inconclusive != 1 || s.Production != 0 {
		t.Errorf("%+v", s)
	}
	if len(q.Unfinished) != 1 || q.Unfinished[0].Run != "20261104-blackhole" {
		t.Errorf("attempts that never finished: %+v", q.Unfinished)
	}
	text := strings.Join(s.Sentences, "\n")
	for _, want := range []string{"4 runs of 3 drills were attempted; 1 passed, 1 failed, 1 were inconclusive and 1 never finished",
		"region-blackhole: objectives met in the last run; of 2 attempts, 1 passed", "slow: inconclusive: the drill is still to be done",
		"api-kill: objectives not met in the last run", "No run was on production", "2 findings open"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

// Of a field that somebody filled in, the parts that nobody did are gaps, too.
func TestGaps(t *testing.T) {
	q := Make(q4, story(), now, dev)
	for _, x := range q.Exercises {
		got := map[int]string{}
		for _, f := range x.Fields {
			if len(f.Missing) > 0 {
				got[f.No] = strings.Join(f.Missing, ", ")
			}
		}
		want := map[int]string{1: "place", 4: "differs from production", 5: "why it was chosen", 20: "distribution", 21: "retention"}
		if x.Run == "20261105-blackhole" {
			want = map[int]string{1: "place", 3: "functions, left out, assumed", 4: "differs from production"}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", x.Run, got, want)
		}
	}
}

// A drill without an answer, or evidence that is not whole, is never a good
// quarter.
func TestHeadline(t *testing.T) {
	pass, fail, vague := made("a", "x", "kill", day(11, 1), drill.Pass, 1), made("b", "y", "kill", day(11, 2), drill.Fail, 1), made("c", "x", "kill", day(11, 3), drill.Inconclusive, 1)
	never, broken := made("d", "z", "kill", day(11, 4), drill.Unjudged, 0), made("e", "x", "kill", day(11, 5), drill.Pass, 1)
	broken.Evidence.Problems = []string{"record.json was changed"}
	for _, c := range []struct {
		runs    []Run
		verdict drill.Verdict
		words   string
	}{
		{nil, drill.Inconclusive, "No drill was attempted"},
		{[]Run{pass}, drill.Pass, "The last run of each of 1 drill met its objectives"},
		{[]Run{pass, fail}, drill.Fail, "1 of 2 drills did not meet the objectives"},
		{[]Run{pass, vague}, drill.Inconclusive, "1 of 1 drill gave no answer the last time"},
		{[]Run{pass, never}, drill.Inconclusive, "1 of 2 drills gave no answer the last time"},
		{[]Run{pass, broken}, drill.Fail, "The evidence is not whole"},
	} {
		if v, words := Make(q4, c.runs, now, dev).Headline(); v != c.verdict || words != c.words {
			t.Errorf("%v %q, want %v %q", v, words, c.verdict, c.words)
		}
	}
}

// What one way of replication was drilled with, and another was not, is a gap.
func TestCoverageByStrategy(t *testing.T) {
	sync := made("b", "y", "latency", day(11, 2), drill.Pass, 1)
	sync.Record.Spec.Context.Replication = "sync"
	c := Make(q4, []Run{made("a", "x", "kill", day(11, 1), drill.Pass, 1), sync}, now, dev).Coverage
	for _, gap := range []string{"us-east: death with replication sync", "us-east: slowness with replication async", "replication backup: any fault"} {
		if !slices.Contains(c.NotDrilled, gap) {
			t.Errorf("%q is not told: %v", gap, c.NotDrilled)
		}
	}
}

// A region is one of its own system: how a system of the user's replicates is not
// known, so its regions are no gaps of the bundled one, nor the other way round.
func TestCoverageOfTwoSystems(t *testing.T) {
	own := made("b", "y", "command", day(11, 2), drill.Fail, 1)
	own.Record.Spec.Context, own.Record.Spec.Regions, own.Record.Analysis.Faults[0].Step.Regions = nil, []string{"east", "west"}, []string{"east"}
	c := Make(q4, []Run{made("a", "x", "kill", day(11, 1), drill.Pass, 1), own}, now, dev).Coverage
	for _, gap := range c.NotDrilled {
		if strings.HasSuffix(gap, "with replication unknown") || strings.HasPrefix(gap, "east: ") && strings.Contains(gap, " with ") {
			t.Errorf("no gap: %q", gap)
		}
	}
	for _, gap := range []string{"east: silence", "west: any fault", "us-east: silence"} {
		if !slices.Contains(c.NotDrilled, gap) {
			t.Errorf("%q is not told: %v", gap, c.NotDrilled)
		}
	}
	for cell, want := range map[[2]string]bool{{"east", "unknown"}: true, {"us-east", "async"}: true, {"us-east", "sync"}: true, {"east", "async"}: false, {"us-east", "unknown"}: false} {
		if got := c.Expects(cell[0], silent, cell[1]); got != want {
			t.Errorf("silence of %s with replication %s is expected: %v", cell[0], cell[1], got)
		}
	}
}

// Every exercise has the 21 fields, and what nobody said is a gap.
func TestFields(t *testing.T) {
	q := Make(q4, story(), now, dev)
	for _, x := range q.Exercises {
		if len(x.Fields) != 21 {
			t.Errorf("%s: %d fields", x.Run, len(x.Fields))
		}
	}
	stated := func(run string, no int) Field {
		i := slices.IndexFunc(q.Exercises, func(x Exercise) bool { return x.Run == run })
		return q.Exercises[i].Fields[no-1]
	}
	for _, c := range []struct {
		run    string
		no     int
		stated bool
		text   string
	}{
		{"20261105-blackhole", 3, true, "plan: DR-12; version of the plan: 3.1"},
		{"20261105-blackhole", 6, true, "Grace, operator: expected, did not take part"},
		{"20261105-blackhole", 7, true, "Ada approved it on 2026-10-01 (the facilitator of the drill: not an independent approval)"},
		{"20261105-blackhole", 8, true, "07:15:08.000 drillctl: damage proved in force steps[0]"},
		{"20261105-blackhole", 9, true, "rto: target ≤ 8 s, achieved 4.20 s (4.18 to 4.22 s)"},
		{"20261105-blackhole", 15, true, "auto-rto of 20260801-blackhole: validated by this run"},
		{"20261105-blackhole", 16, true, "(EXPIRED)"},
		{"20261105-blackhole", 19, true, "the facilitator of the drill: not an independent approval"},
		{"20261105-blackhole", 20, true, "next test, at the latest: 2027-02-05 (quarterly)"},
		{"20261105-blackhole", 6, true, "1 of 2 expected took part; third parties: none named"},
		{"20261105-blackhole", 8, true, "07:15:10.400 us-west-gateway-1: noticed us-east-api-1; 07:15:12.300 clients: service is good again"},
		{"20261105-blackhole", 12, true, "steps[1]: nobody was asked, ada (--yes) had confirmed everything beforehand; Grace was expected and did not take part"},
		{"20261110-kill", 12, true, "none: the drill went as written"},
		{"20261110-kill", 14, true, "F2 high: rules are old (Ada, due 2027-01-10; closed by Ada, its owner, on 2026-11-12: done)"},
		{"20261110-kill", 3, false, "not stated"},
		{"20261110-kill", 6, false, "not stated"},
		{"20261110-kill", 14, true, "F1 low: checks are slow (Grace, due 2026-12-01; open, OVERDUE)"},
		{"20261110-kill", 18, true, "not met"},
		{"20261201-slow", 12, true, "saturated: the generator was saturated"},
		{"20261201-slow", 18, true, "does not discharge"},
	} {
		f := stated(c.run, c.no)
		if text := strings.Join(f.Lines, "; "); f.Stated != c.stated || !strings.Contains(text, c.text) {
			t.Errorf("%s field %d: stated %v, %q; want %v, %q", c.run, c.no, f.Stated, text, c.stated, c.text)
		}
	}
}

func TestTrends(t *testing.T) {
	q := Make(q4, story(), now, dev)
	i := slices.IndexFunc(q.Trends, func(t Trend) bool { return t.Scenario == "region-blackhole" && t.Metric == drill.MetricRTA })
	points := q.Trends[i].Points
	if len(points) != 2 || points[0].Quarter != "2026-Q3" || points[0].Value != 12.5 || points[0].Verdict != drill.Fail || points[0].Changed || points[1].Value != 4.2 || !points[1].Changed {
		t.Errorf("%+v", points)
	}
}

// Only what was proved in force and judged counts as drilled.
func TestCoverage(t *testing.T) {
	c := Make(q4, story(), now, dev).Coverage
	want := []Cell{{"us-east", dead, "async", 1, 0}, {"us-east", silent, "async", 1, 1}}
	if !slices.Equal(c.Cells, want) {
		t.Errorf("cells: %+v", c.Cells)
	}
	for _, gap := range []string{"us-east: slowness", "us-east: exhaustion", "us-west: any fault", "all regions: configuration", "replication backup: any fault", "replication sync: any fault"} {
		if !slices.Contains(c.NotDrilled, gap) {
			t.Errorf("%q is not told: %v", gap, c.NotDrilled)
		}
	}
	unproved := made("x", "y", "loss", day(11, 1), drill.Pass, 1)
	unproved.Record.Analysis.Faults[0].IsInForce = false
	if c := Make(q4, []Run{unproved}, now, dev).Coverage; len(c.Cells) != 0 {
		t.Errorf("a fault that was not in force covers: %+v", c.Cells)
	}
}

// A mistake in the configuration is one of all regions, backups rot where there are
// some, and a command of the user's is expected nowhere else.
func TestCoverageOfWhatIsNotEverywhere(t *testing.T) {
	backup := made("c", "z", "corrupt-backup", day(11, 3), drill.Pass, 1)
	backup.Record.Spec.Context.Replication = "backup"
	c := Make(q4, []Run{made("a", "x", "config-push", day(11, 1), drill.Pass, 1), made("b", "y", "command", day(11, 2), drill.Pass, 1), backup}, now, dev).Coverage
	want := []Cell{{Shared, misset, "async", 1, 1}, {"us-east", "command", "async", 1, 1}, {"us-east", spoilt, "backup", 1, 1}}
	if !slices.Equal(c.Cells, want) {
		t.Errorf("cells: %+v", c.Cells)
	}
	for _, gap := range c.NotDrilled {
		if strings.Contains(gap, "command") || gap == "all regions: configuration" || gap == "us-east: configuration" || strings.Contains(gap, "corruption") {
			t.Errorf("no gap: %q", gap)
		}
	}
	kill := made("d", "w", "kill", day(11, 4), drill.Pass, 1)
	for strategy, want := range map[string]string{"backup": "us-east: corruption with replication backup", "async": "replication backup: any fault"} {
		kill.Record.Spec.Context.Replication = strategy
		gaps := Make(q4, []Run{kill}, now, dev).Coverage.NotDrilled
		named := slices.DeleteFunc(slices.Clone(gaps), func(g string) bool { return !strings.Contains(g, "corruption") && g != "replication backup: any fault" })
		if !slices.Equal(named, []string{want}) {
			t.Errorf("only %s was drilled: %q, want %q", strategy, named, want)
		}
	}
	if !slices.Contains(c.NotDrilled, "all regions: configuration with replication backup") {
		t.Errorf("a gap is not told: %v", c.NotDrilled)
	}
}

func TestClauses(t *testing.T) {
	q := Make(q4, story(), now, dev)
	for _, c := range q.Clauses {
		if c.DoesNotShow == "" || c.Supports == "" {
			t.Errorf("%s %s does not say what it shows and what not", c.Framework, c.Clause)
		}
		if slices.Contains(c.Runs, "20261104-blackhole") {
			t.Errorf("%s %s rests on a run that never finished", c.Framework, c.Clause)
		}
		if c.Clause == "Art. 11(6)" && !slices.Equal(c.Runs, []string{"20261105-blackhole"}) {
			t.Errorf("switchovers: %v", c.Runs)
		}
		if c.Clause == "A.8.13" && len(c.Runs) > 0 {
			t.Errorf("restores without backups: %v", c.Runs)
		}
	}
	for _, f := range []string{"SOC 2", "ISO/IEC 27001:2022", "ISO 22301:2019", "DORA (EU) 2022/2554", "NIST SP 800-34r1"} {
		if !slices.ContainsFunc(q.Clauses, func(c Clause) bool { return c.Framework == f }) {
			t.Errorf("nothing about %s", f)
		}
	}
}

func TestPeriods(t *testing.T) {
	for name, want := range map[string]string{"2026-Q4": "2026-10-01 2027-01-01", "2026q1": "2026-01-01 2026-04-01", "2026-Q5": "", "26-Q1": "", "": ""} {
		p, err := Parse(name)
		got := ""
		if err == nil {
			got = p.From.Format(time.DateOnly) + " " + p.To.Format(time.DateOnly)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := q4.Before(4).Name; got != "2025-Q4" {
		t.Errorf("a year before: %s", got)
	}
	if !q4.Contains(q4.From) || q4.Contains(q4.To) {
		t.Error("the first instant belongs to a quarter and that of the next does not")
	}
}

// What people write cannot format the report.
func TestHostile(t *testing.T) {
	r := made("r", "x", "kill", day(11, 1), drill.Pass, 1)
	r.People = []people.Entry{{Kind: people.Finding, ID: "F1", Severity: "low", Text: "a|b\n# head <script> [x](y) `z` **w**"}}
	var b bytes.Buffer
	if err := Markdown(&b, Make(q4, []Run{r}, now, dev)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script>", "\n# head", "a|b", "`z`", "[x](y)"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("%q came through", bad)
		}
	}
}

// The same runs in any order are the same report.
func TestOrderDoesNotMatter(t *testing.T) {
	runs := story()
	want, err := json.Marshal(Make(q4, runs, now, dev))
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(runs)
	if got, _ := json.Marshal(Make(q4, runs, now, dev)); !bytes.Equal(got, want) {
		t.Error("another order makes another report")
	}
}

// BenchmarkQuarter40 is a quarter of forty runs, and as many in each of three
// before it.
func BenchmarkQuarter40(b *testing.B) {
	var runs []Run
	for q := range 4 {
		for i := range 40 {
			at := q4.Before(q).From.AddDate(0, 0, 2*i).Add(time.Hour)
			runs = append(runs, made(fmt.Sprintf("%d-%d", q, i), fmt.Sprintf("drill-%d", i%10), []string{"blackhole", "kill", "latency"}[i%3], at, drill.Verdict(i%4), float64(i)))
		}
	}
	for b.Loop() {
		q := Make(q4, runs, now, dev)
		if len(q.Exercises) != 30 {
			b.Fatalf("%d exercises", len(q.Exercises))
		}
		if err := Markdown(new(bytes.Buffer), q); err != nil {
			b.Fatal(err)
		}
	}
}
