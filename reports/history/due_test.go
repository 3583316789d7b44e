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
		{"never", Duty{Every: day}, true, "never drilled"},
		{"in time", Duty{Every: day, Last: noon.Add(-day), Since: "r"}, false, "in time"},
		{"overdue", Duty{Every: day, Last: noon.Add(-day - time.Second), Since: "r"}, true, "overdue since 2026-11-23"},
		{"changed", Duty{Every: day, Last: noon, Since: "r", Changed: []string{"a", "b", "c", "d"}}, true, "the system has changed since r: a; b; c; and 1 more"},
		{"not known", Duty{Every: day, Last: noon, Since: "r", Unknown: []string{"no engine"}}, true, "is not known: no engine"},
		{"changed for sure", Duty{Every: day, Last: noon, Since: "r", Changed: []string{"a"}, Unknown: []string{"b"}}, true, "since r: a"},
		{"nothing to compare with", Duty{Every: day, Last: noon}, true, "does not say how its system was configured"},
		{"overdue and changed", Duty{Every: day, Last: noon.Add(-9 * day), Since: "r", Changed: []string{"a"}}, true, "overdue since 2026-11-15, and the system has changed: a"},
	} {
		got := c.d.Judge(noon)
		if got.Due != c.due || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %v %q, want %v %q", c.name, got.Due, got.Why, c.due, c.why)
		}
	}
}
