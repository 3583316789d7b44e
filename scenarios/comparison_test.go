package scenarios

import (
	"testing"
	"time"
)

// Every variant is a scenario with a name of its own, and a comparison is over
// in ten minutes.
func TestComparisons(t *testing.T) {
	seen := map[string]bool{}
	var all time.Duration
	for _, c := range Comparisons() {
		if c.Title == "" || c.Loss == "" || len(c.Variants) < 3 {
			t.Errorf("%s: %+v", c.Name, c)
		}
		for _, v := range c.Variants {
			s := mustParse(t, v.Name+".yaml", v.Source())
			if seen[s.Name] || v.Doc == "" || s.Title != v.Doc {
				t.Errorf("%s: name %q, title %q", v.Name, s.Name, s.Title)
			}
			seen[s.Name] = true
			spec := s.Spec()
			all += spec.Steady.For + spec.HealthInterval + s.end() + spec.Settle + 10*time.Second
		}
	}
	if all > 10*time.Minute {
		t.Errorf("all comparisons take %s", all)
	}
}

func TestSlug(t *testing.T) {
	for words, want := range map[string]string{"backup & restore": "backup-restore", "1 s x 3, TTL 5 s": "1-s-x-3-ttl-5-s", "active/active": "active-active", "(x)": "x"} {
		if got := slug(words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
