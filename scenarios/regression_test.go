package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/faults"
)

func parsed(t *testing.T, src string) *Scenario {
	t.Helper()
	s, problems := Parse("x.yaml", []byte(src), faults.All())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s
}

func TestMargin(t *testing.T) {
	for in, want := range map[string]string{"+25%": "+25%", "+0.5 %": "+0.5%", "+ 2s": "+2s", "+1m30s": "+1m30s", "+0%": "+0%"} {
		var m Margin
		if err := m.UnmarshalText([]byte(in)); err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		got, _ := m.MarshalText()
		if string(got) != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	for _, in := range []string{"", "25%", "-25%", "+", "+25", "+x", "+1001%", "+1d", "+25% "} {
		if err := new(Margin).UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is a margin", in)
		}
	}
}

func TestRegressionGates(t *testing.T) {
	got := parsed(t, string(Template())+"\nregression: {rto: +25%, failover: +2s}\n").Spec().Regression
	if len(got) != 2 || got[0].Metric != "failover" || got[0].Absolute != 2 || got[1].Metric != "rta" || got[1].Relative != 0.25 {
		t.Errorf("%+v", got)
	}
}

// The settings hold all that makes the numbers besides the instances, and nothing
// else.
func TestSettings(t *testing.T) {
	src := string(Template())
	base := parsed(t, src).Settings()
	for _, c := range []struct {
		name, from, to string
		same           bool
	}{
		{"name", "name: my-drill", "name: other", true},
		{"title", "title: One", "title: The one", true},
		{"labels", "[example]", "[gate]", true},
		{"target", "rto: 5s", "rto: 6s", true},
		{"gate", "objectives:", "regression: {rto: +25%}\nobjectives:", true},
		{"bugs", "    routing: failover ", "    bugs: [no-failback]\n    routing: failover ", true},
		{"seed", "labels:", "seed: 3\nlabels:", true},
		{"rate", "rate: 200/s", "rate: 100/s", false},
		{"profile", "profile: pooled", "profile: fresh", false},
		{"regions", "eu: {role: standby}", "asia: {role: standby}", true},
		{"instances", "apis: 2", "apis: 3", true},
		{"health", "interval: 1s", "interval: 2s", true},
		{"fault", "fault: stop", "fault: kill", false},
		{"length", "for: 10s", "for: 9s", false},
		{"hold", "hold: 5s", "hold: 4s", false},
		{"settle", "settle: 10s", "settle: 11s", false},
	} {
		changed := strings.Replace(src, c.from, c.to, 1)
		if changed == src {
			t.Errorf("%s: %q is not in the template", c.name, c.from)
			continue
		}
		if got := slices.Equal(parsed(t, changed).Settings(), base); got != c.same {
			t.Errorf("%s: the same settings is %v, want %v", c.name, got, c.same)
		}
	}
}
