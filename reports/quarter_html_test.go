package reports

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/golden"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/reports/quarter"
)

var fourth = quarter.Of(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))

// on is a record made on another day, of a drill with another damage.
func on(rec drill.Record, at time.Time, name, fault, replication string) drill.Record {
	rec.Scenario.Name, rec.Spec.Title, rec.RunID = name, "", at.Format("20060102T150405Z")+"-"+name
	rec.Began, rec.Ended, rec.Attempt.RegisteredAt = at, at.Add(48*time.Second), at.Add(-time.Second)
	rec.Spec.Context = &drill.Context{Replication: replication, Schedule: "quarterly", Every: 92 * 24 * time.Hour}
	rec.Analysis.Faults = slices.Clone(rec.Analysis.Faults)
	for i := range rec.Analysis.Faults {
		rec.Analysis.Faults[i].Step.Fault = fault
	}
	return rec
}

// took changes the recovery time that a record has measured.
func took(rec drill.Record, rta float64) drill.Record {
	rec.Objectives, rec.Analysis.Readings = slices.Clone(rec.Objectives), slices.Clone(rec.Analysis.Readings)
	for i := range rec.Analysis.Readings {
		if r := &rec.Analysis.Readings[i]; r.Metric == drill.MetricRTA && r.Known {
			r.Value, r.Low, r.High = rta, rta-0.2, rta+0.2
			for j := range rec.Objectives {
				if rec.Objectives[j].Objective.Metric == r.Metric {
					rec.Objectives[j].Reading = *r
				}
			}
		}
	}
	return rec
}

func ranAs(rec drill.Record, said ...people.Entry) quarter.Run {
	return quarter.Run{ID: rec.RunID, Registered: rec.Attempt.RegisteredAt, Scenario: rec.Scenario, Record: &rec, People: said,
		Evidence: quarter.Evidence{Manifest: strings.Repeat("0123456789abcdef", 4), Chain: strings.Repeat("fedcba9876543210", 4), Files: 9}}
}

// quarters is a year of drills with all that a report must cope with.
func quarters() []quarter.Run {
	day := func(month, d int) time.Time { return time.Date(2026, time.Month(month), d, 7, 15, 0, 0, time.UTC) }
	var runs []quarter.Run
	for i, rta := range []float64{14.2, 11.9, 9.7, 8.8, 6.1, 5.2, 4.9, 4.31} {
		rec := passed()
		if rta > 10 {
			rec = failed()
		}
		rec = took(on(rec, day(1, 8).AddDate(0, 0, 44*i), "region-blackhole", "blackhole", "async"), rta)
		if i == 3 {
			rec = took(on(inconclusive(), rec.Began, "region-blackhole", "blackhole", "async"), rta)
		}
		if i >= 5 {
			rec.Tool.Version = "v0.2.0"
		}
		runs = append(runs, ranAs(rec))
	}
	full := on(passed(), day(11, 24), "api-kill", "kill", "sync")
	full.Spec.Title = "Half of the API's instances die"
	full.Spec.Context.Exercise = &drill.Exercise{Type: "live-failover", Place: "Vienna", Plan: "DR-12", PlanVersion: "3.1", Why: "The region's power feed failed twice last year.",
		Scope: "orders, from the client to the store", Functions: []string{"ordering", "refunds"}, Exclusions: []string{"search"}, Assumptions: []string{"the network between regions works"},
		Differences: []string{"a tenth of its traffic", "no third-party payments"}, ApprovedBy: "Katherine Johnson", ApprovedOn: "2026-10-01",
		Participants: []drill.Participant{{Name: "Ada Lovelace", Role: "facilitator"}, {Name: "Grace Hopper", Role: "operator", Organisation: "A supplier"}, {Name: "Mary Jackson", Role: "observer", Absent: true}},
		Risks:        []drill.RiskAcceptance{{Risk: "reads may be stale for 5 s", By: "Katherine Johnson", Until: "2027-06-30"}}, Retention: "7 years", Distribution: []string{"risk committee", "internal audit"}}
	full.Timeline = madeUpTimeline()
	runs = append(runs, ranAs(full, people.Entry{At: day(11, 24).Add(time.Hour), Kind: people.Note, By: "Ada Lovelace", Text: "the pager rang after 40 s"},
		people.Entry{At: day(11, 25), Kind: people.Signature, By: "Katherine Johnson", Role: "CISO", KeyID: "5e1f"}),
		ranAs(on(failed(), day(12, 2), "region-loss", "power-loss", "async"), people.Entry{At: day(12, 3), Kind: people.Finding, ID: "F1", Severity: "critical", Objective: "rto",
			Text: "the standby region is not started by anybody", Affects: "DR-12, section 4", Owner: "Grace Hopper", Due: "2026-12-20", Ticket: "OPS-311"}),
		ranAs(on(interrupted(), day(12, 9), "slow-link", "latency", "sync")))
	never := quarter.Run{ID: "20261211T071500Z-region-blackhole-77aa", Registered: day(12, 11), Scenario: drill.ScenarioRef{Name: "region-blackhole"},
		People: []people.Entry{{Kind: people.Note, By: "Ada Lovelace", Text: "the host was rebooted"}}}
	return append(runs, never)
}

func madeQuarter(runs []quarter.Run) quarter.Quarter {
	q := quarter.Make(fourth, runs, time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC), drill.Tool{Version: "v0.2.0"})
	q.Chain.Head = strings.Repeat("00ff", 16)
	return q
}

// hostileQuarter has markup, writing that turns around, and long names wherever
// somebody can write one.
func hostileQuarter() quarter.Quarter {
	rec := hostile()
	evil := rec.Reason + strings.Repeat("very-long-name-without-end-", 12)
	rec.Began = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	rec.Ended = rec.Began.Add(time.Minute)
	rec.Spec.Context = &drill.Context{Replication: evil, Exercise: &drill.Exercise{Why: evil, ApprovedBy: evil, Distribution: []string{evil}, Participants: []drill.Participant{{Name: evil}}}}
	rec.Attempt.RegisteredAt = rec.Began
	run := ranAs(rec, people.Entry{Kind: people.Finding, ID: evil, Severity: evil, Text: evil, Owner: evil}, people.Entry{Kind: people.Note, Text: evil})
	run.Evidence.Problems = []string{evil}
	again := ranAs(took(rec, 1e300))
	again.ID = evil
	return madeQuarter([]quarter.Run{run, again, {ID: evil, Registered: rec.Began, Scenario: drill.ScenarioRef{Name: evil}, People: run.People}})
}

func quarterPages() map[string]quarter.Quarter {
	return map[string]quarter.Quarter{"year": madeQuarter(quarters()), "empty": madeQuarter(nil), "hostile": hostileQuarter()}
}

func quarterAsHTML(t testing.TB, q quarter.Quarter) string {
	t.Helper()
	var b bytes.Buffer
	if err := QuarterHTML(&b, q); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestQuarterHTMLGolden leaves the style, which the run's report has, and the
// drawings out.
func TestQuarterHTMLGolden(t *testing.T) {
	page := quarterAsHTML(t, madeQuarter(quarters()))
	page = regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(page, "<style>…</style>")
	golden.Assert(t, "quarter.html", []byte(drawn.ReplaceAllString(page, "$1…</svg>")))
}

func TestQuarterHTMLAsksForNothing(t *testing.T) {
	for name, q := range quarterPages() {
		page := quarterAsHTML(t, q)
		for _, hit := range outside.FindAllStringSubmatch(page, -1) {
			if hit[2] != "data:," {
				t.Errorf("%s: found %q", name, hit[0])
			}
		}
		if n := len(page); n > 2<<20 {
			t.Errorf("%s: %d bytes; the most is 2 MiB", name, n)
		}
		for _, odd := range []string{"\x00", "\x1b", "\u202e", "ZgotmplZ", "NaN", "+Inf", "%!"} {
			if strings.Contains(page, odd) {
				t.Errorf("%s: the page holds %q", name, odd)
			}
		}
	}
}

// Nothing that the report must not hide is left out of the page.
func TestQuarterHTMLSaysAll(t *testing.T) {
	q := madeQuarter(quarters())
	q.Chain.Problems = []string{"chain.jsonl: line 7 is numbered 9"}
	page := quarterAsHTML(t, q)
	for _, want := range []string{"The evidence is not whole", "chain.jsonl: line 7 is numbered 9", "the host was rebooted", "20261211T071500Z-region-blackhole-77aa",
		"Not stated at all, field: 3, 6, 7, 16, 19", "OPS-311", "2026-12-20, overdue", "validated by this run", "this is not production", "not a claim of compliance", "expected, did not take part"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if n := strings.Count(page, `<div class="field">`); n != 21*len(q.Exercises) {
		t.Errorf("%d fields of %d runs", n, len(q.Exercises))
	}
	for _, gap := range q.Coverage.NotDrilled {
		if !strings.Contains(page, "<li>"+gap+"</li>") {
			t.Errorf("the gap %q is not told", gap)
		}
	}
	if got, want := strings.Count(page, ">not drilled<"), 0; got == want {
		t.Error("the matrix has no gap")
	}
}

func TestTrendChart(t *testing.T) {
	trends := quarter.Trends(quarters(), drill.MetricRTA)
	i := slices.IndexFunc(trends, func(t quarter.Trend) bool { return t.Scenario == "region-blackhole" })
	var b bytes.Buffer
	if err := TrendChart(&b, "svg", trends[i]); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Recovery time of region-blackhole: 8 runs, last 4.31 s, target ≤ 10 s", "#18794e", "#d64545", "#a86f00"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in the drawing", want)
		}
	}
	if strings.Contains(b.String(), "#000000") {
		t.Error("an ink has no colour")
	}
	if err := TrendChart(&b, "svg", quarter.Trend{Scenario: "x", Metric: "rta"}); err == nil {
		t.Error("nothing was drawn without a complaint")
	}
}

func TestQuarterHTMLInABrowser(t *testing.T) {
	ctx := browser(t)
	var w witness
	w.listen(t, ctx)
	dir := t.ArtifactDir()
	wanted := []string{"summary", "unfinished", "coverage", "trends", "findings", "carried", "clauses", "limits", "runs", "evidence"}
	for name, q := range quarterPages() {
		file := filepath.Join(t.TempDir(), fmt.Sprintf("%s.html", name))
		if err := os.WriteFile(file, []byte(quarterAsHTML(t, q)), 0o600); err != nil {
			t.Fatal(err)
		}
		picture := ""
		if name == "year" {
			picture = filepath.Join(dir, "quarter")
		}
		look(t, ctx, file, wanted, picture)
		for _, said := range w.take() {
			t.Errorf("%s: %s", name, said)
		}
	}
}
