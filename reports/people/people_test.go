package people

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	_ "github.com/drillctl/drillctl/internal/golden" // -update
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func written(t *testing.T, entries ...Entry) []byte {
	t.Helper()
	var all []byte
	for _, e := range entries {
		_, line := Append(all, "root", e)
		all = append(all, line...)
	}
	return all
}

func TestChain(t *testing.T) {
	whole := written(t, Entry{At: noon, Kind: Note, Text: "one"}, Entry{At: noon, Kind: Note, Text: "two"}, Entry{At: noon, Kind: Note, Text: "three"})
	lines := bytes.SplitAfter(bytes.TrimRight(whole, "\n"), []byte("\n"))
	join := func(ls ...[]byte) []byte { return bytes.Join(ls, nil) }
	end := append(bytes.Clone(lines[2]), '\n')
	for _, c := range []struct {
		name string
		data []byte
		root string
		want string // "" is whole
	}{
		{"whole", whole, "root", ""},
		{"nothing", nil, "root", ""},
		{"another run", whole, "other", "line 1 does not follow"},
		{"changed", bytes.Replace(whole, []byte("one"), []byte("ONE"), 1), "root", "line 2 does not follow"},
		{"first removed", join(lines[1], end), "root", "line 1 is numbered 2"},
		{"middle removed", join(lines[0], end), "root", "line 2 is numbered 3"},
		{"swapped", join(lines[1], lines[0], end), "root", "line 1 is numbered 2"},
		{"torn", whole[:len(whole)-5], "root", "line 3 cannot be read"},
	} {
		got := strings.Join(Check(c.data, c.root), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got, err := Parse(whole); err != nil || len(got) != 3 || got[2].Text != "three" || got[2].Seq != 3 {
		t.Errorf("read back: %+v (%v)", got, err)
	}
	if _, err := Parse([]byte("{\n")); err == nil {
		t.Error("half a line was read")
	}
}

func record(run string, began time.Time, verdicts map[string]drill.Verdict) drill.Record {
	r := drill.Record{RunID: run, Scenario: drill.ScenarioRef{Name: "x"}, Began: began, Ended: began.Add(time.Minute), Cleanup: drill.Cleanup{Verified: true}}
	for _, id := range []string{"rto", "rpo"} {
		if v, ok := verdicts[id]; ok {
			r.Objectives = append(r.Objectives, drill.Result{Objective: drill.Objective{ID: id}, Verdict: v})
		}
	}
	return r
}

func TestIssues(t *testing.T) {
	rec := record("r1", noon, map[string]drill.Verdict{"rto": drill.Fail, "rpo": drill.Fail})
	entries := []Entry{
		{At: noon, Kind: Finding, ID: "F1", Severity: "low", Objective: "rpo", Text: "the mirror lags", Due: "2026-11-30"},
		{At: noon, Kind: Note, Text: "no finding"},
	}
	got := Issues("r1", &rec, entries)
	if len(got) != 2 || got[0].ID != "F1" || got[1].ID != "auto-rto" || !got[1].Automatic || got[1].Due != "2027-01-22" {
		t.Fatalf("%+v", got)
	}
	Sort(got)
	if got[0].ID != "auto-rto" {
		t.Errorf("the severe one comes first: %+v", got)
	}
	closed := Issues("r1", &rec, append(entries, Entry{At: noon, Kind: Close, ID: "auto-rto", By: "Ada", Text: "more health checks"}))
	if closed[1].Status != Closed || closed[1].ClosedBy != "Ada" {
		t.Errorf("%+v", closed[1])
	}
	Sort(closed)
	if closed[0].ID != "F1" {
		t.Errorf("closed ones come last: %+v", closed)
	}
	rec.Cleanup.Verified = false
	if got := Issues("r1", &rec, nil); len(got) != 3 || got[2].Severity != "critical" {
		t.Errorf("unverified cleanup: %+v", got)
	}
	if got := Issues("r1", nil, entries); len(got) != 1 {
		t.Errorf("without a record: %+v", got)
	}
}

func TestRetests(t *testing.T) {
	first := record("r1", noon, map[string]drill.Verdict{"rto": drill.Fail})
	all := Issues("r1", &first, nil)
	Retests(all, []drill.Record{first, record("r2", noon.Add(time.Hour), map[string]drill.Verdict{"rto": drill.Fail}), record("r3", noon.Add(2*time.Hour), map[string]drill.Verdict{"rto": drill.Pass})})
	if all[0].Retest != "pass in r3" || all[0].Status != Open {
		t.Errorf("%+v", all[0])
	}
}

func TestOverdue(t *testing.T) {
	i := Issue{Status: Open, Due: "2026-11-23"}
	if i.Overdue(noon) || !i.Overdue(noon.AddDate(0, 0, 1)) {
		t.Error("the day itself is still in time, the next is not")
	}
	i.Status = Closed
	if i.Overdue(noon.AddDate(1, 0, 0)) {
		t.Error("a closed finding is never overdue")
	}
}
