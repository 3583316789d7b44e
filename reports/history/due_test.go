package history

import (
	"strings"
	"testing"
	"time"
)

func TestDue(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name string
		d    Duty
		due  bool
		why  string
	}{
		{"never", Duty{Every: day, System: "a"}, true, "never drilled"},
		{"in time", Duty{Every: day, System: "a", Last: noon.Add(-day), LastSystem: "a"}, false, "in time"},
		{"overdue", Duty{Every: day, System: "a", Last: noon.Add(-day - time.Second), LastSystem: "a"}, true, "overdue since 2026-11-23"},
		{"changed", Duty{Every: day, System: "a", Last: noon, LastSystem: "b"}, true, "the system has changed"},
		{"unknown system", Duty{Every: day, System: "a", Last: noon}, true, "does not say which system"},
		{"overdue and changed", Duty{Every: day, System: "a", Last: noon.Add(-9 * day), LastSystem: "b"}, true, "overdue"},
	} {
		got := c.d.Judge(noon)
		if got.Due != c.due || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %v %q, want %v %q", c.name, got.Due, got.Why, c.due, c.why)
		}
	}
}
