package history

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drillctl/drillctl/drill"
	_ "github.com/drillctl/drillctl/internal/golden" // -update
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func opened(tb testing.TB, path string) *Index {
	tb.Helper()
	x, err := Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := x.Close(); err != nil {
			tb.Error(err)
		}
	})
	return x
}

func entry(run, scenario string, hours int, v drill.Verdict, labels ...string) Entry {
	e := Entry{Run: run, Scenario: scenario, Title: "a title", Labels: labels, System: "the bundled system", Runtime: "process", Began: noon.Add(time.Duration(hours) * time.Hour),
		Took: 50 * time.Second, Finished: v != drill.Unjudged, Verdict: v, Outcome: "completed"}
	if e.Finished {
		e.Readings = []drill.Reading{{Metric: drill.MetricRPA, Unit: drill.Seconds, Known: true}, {Metric: drill.MetricRTA, Value: 4.25, Low: 4.2, High: 4.3, Unit: drill.Seconds, Known: true, Censored: hours == 2}}
	}
	return e
}

func some() []Entry {
	return []Entry{entry("a", "blackhole", 0, drill.Pass, "quarterly", "region"), entry("b", "kill", 1, drill.Fail), entry("c", "blackhole", 2, drill.Inconclusive, "quarterly"),
		entry("d", "blackhole", 3, drill.Unjudged, "quarterly")}
}

func TestQueries(t *testing.T) {
	x := opened(t, filepath.Join(t.TempDir(), "with space?#.db"))
	if err := x.Put(t.Context(), some()...); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		f    Filter
		want string
	}{
		{"all, newest first", Filter{}, "d c b a"},
		{"limit", Filter{Limit: 2}, "d c"},
		{"drill", Filter{Drill: "kill"}, "b"},
		{"label", Filter{Label: "quarterly"}, "d c a"},
		{"another label", Filter{Label: "region"}, "a"},
		{"verdict", Filter{Verdict: "fail"}, "b"},
		{"unfinished", Filter{Verdict: Unfinished}, "d"},
		{"since", Filter{Since: noon.Add(2 * time.Hour)}, "d c"},
		{"until", Filter{Until: noon.Add(2 * time.Hour)}, "b a"},
		{"system", Filter{System: "bundled"}, "d c b a"},
		{"runtime", Filter{System: "docker"}, ""},
		{"metric", Filter{Metric: drill.MetricRTA, Limit: 1}, "c"},
		{"all at once", Filter{Drill: "blackhole", Label: "quarterly", Verdict: "pass", Since: noon, Until: noon.Add(time.Hour), Limit: 9}, "a"},
		{"no SQL", Filter{Drill: "' OR 1=1 --"}, ""},
	} {
		got, err := x.Runs(t.Context(), c.f)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, e := range got {
			ids = append(ids, e.Run)
		}
		if strings.Join(ids, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, ids, c.want)
		}
	}
	got, err := x.Runs(t.Context(), Filter{})
	want := some()
	slices.Reverse(want)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("read back (%v) -want +got:\n%s", err, d)
	}
	if n, err := x.Count(t.Context(), Filter{Label: "quarterly", Limit: 1}); n != 3 || err != nil {
		t.Errorf("%d of 3 (%v)", n, err)
	}
}

func TestReplaceAndRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.db")
	x := opened(t, path)
	for range 2 {
		if err := x.Put(t.Context(), some()...); err != nil {
			t.Fatal(err)
		}
	}
	done := entry("d", "blackhole", 3, drill.Pass)
	if err := x.Put(t.Context(), done); err != nil {
		t.Fatal(err)
	}
	if err := x.Remove(t.Context(), "a", "nope"); err != nil {
		t.Fatal(err)
	}
	known, err := opened(t, path).Known(t.Context())
	if d := cmp.Diff(map[string]bool{"b": true, "c": true, "d": true}, known); d != "" || err != nil {
		t.Errorf("(%v) %s", err, d)
	}
	if got, err := x.Runs(t.Context(), Filter{Label: "quarterly"}); err != nil || len(got) != 1 {
		t.Errorf("labels of what was replaced or removed stay: %+v (%v)", got, err)
	}
}

// Two writers at once wait for each other.
func TestConcurrentWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.db")
	opened(t, path)
	var wg sync.WaitGroup
	for w := range 4 {
		x := opened(t, path)
		wg.Go(func() {
			for i := range 5 {
				if err := x.Put(t.Context(), entry(fmt.Sprintf("%d-%d", w, i), "x", i, drill.Pass)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, err := opened(t, path).Count(t.Context(), Filter{}); n != 20 || err != nil {
		t.Errorf("%d of 20 (%v)", n, err)
	}
}

func TestEntryOf(t *testing.T) {
	ref := drill.ScenarioRef{Name: "x", Labels: []string{"l"}}
	if e := EntryOf("r", noon, ref, nil); e.Finished || e.Scenario != "x" || !slices.Equal(e.Labels, ref.Labels) || !e.Began.Equal(noon) {
		t.Errorf("%+v", e)
	}
	rec := drill.Record{Scenario: ref, Verdict: drill.Fail, Began: noon, Ended: noon.Add(time.Minute), Spec: drill.Spec{Context: &drill.Context{Labels: []string{"m"}}},
		Analysis: drill.Analysis{Readings: []drill.Reading{{Metric: "rta", Known: true, Value: 1}, {Metric: "rpa"}}}}
	e := EntryOf("r", noon, ref, &rec)
	if !e.Finished || e.Verdict != drill.Fail || e.Took != time.Minute || len(e.Readings) != 1 || e.Reading("rta").Value != 1 || e.Reading("rpa").Known || e.Labels[0] != "m" {
		t.Errorf("%+v", e)
	}
}

// BenchmarkHistory10k is one question to an index of 10,000 runs, opened anew.
func BenchmarkHistory10k(b *testing.B) {
	path := filepath.Join(b.TempDir(), "h.db")
	x := opened(b, path)
	var all []Entry
	for i := range 10_000 {
		all = append(all, entry(fmt.Sprintf("r%05d", i), fmt.Sprintf("drill-%d", i%20), i, drill.Verdict(i%4), "quarterly"))
	}
	if err := x.Put(b.Context(), all...); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		x, err := Open(context.Background(), path)
		if err != nil {
			b.Fatal(err)
		}
		known, err := x.Known(b.Context())
		if err != nil || len(known) != 10_000 {
			b.Fatal(len(known), err)
		}
		if got, err := x.Runs(b.Context(), Filter{Drill: "drill-1", Label: "quarterly", Limit: 20}); err != nil || len(got) != 20 {
			b.Fatal(len(got), err)
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
