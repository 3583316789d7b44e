package dns

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// regions reads "us-east+ us-west-": names with their health.
func regions(text string) []Candidate {
	var all []Candidate
	for f := range strings.FieldsSeq(text) {
		all = append(all, Candidate{Name: f[:len(f)-1], Healthy: f[len(f)-1] == '+'})
	}
	return all
}

func TestPolicies(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy Policy
		now    string
		all    string
		want   string
	}{
		{"primary serves", failover{}, "", "a+ b+ c+", "a"},
		{"next in order", failover{}, "a", "a- b+ c+", "b"},
		{"order, not nearness", failover{}, "a", "a- b- c+", "c"},
		{"fails back", failover{}, "b", "a+ b+ c+", "a"},
		{"moves up", failover{}, "c", "a- b+ c+", "b"},
		{"fails open to the primary", failover{}, "b", "a- b- c-", "a"},
		{"bug no-failover", never{failover{}}, "a", "a- b+ c+", "a"},
		{"bug no-failback stays", sticky{failover{}}, "b", "a+ b+ c+", "b"},
		{"bug no-failback still fails over", sticky{failover{}}, "b", "a- b- c+", "c"},
		{"bug no-failback starts at the primary", sticky{failover{}}, "", "a+ b+ c+", "a"},
	} {
		var now []string
		if tt.now != "" {
			now = []string{tt.now}
		}
		if got := tt.policy.Choose(now, regions(tt.all)); !slices.Equal(got, []string{tt.want}) {
			t.Errorf("%s: %s while at %q gives %v, want %s", tt.name, tt.all, tt.now, got, tt.want)
		}
	}
}

func TestListedPoliciesExist(t *testing.T) {
	if got, want := slices.Sorted(maps.Keys(policies())), slices.Sorted(slices.Values(Policies())); !slices.Equal(got, want) {
		t.Errorf("policies are %v, listed are %v", got, want)
	}
}

// Views are written "+-?": what each thinks of gateway g.
func TestMajority(t *testing.T) {
	for _, tt := range []struct {
		views  string
		before bool
		want   bool
	}{
		{"+++", false, true},
		{"++-", false, true},
		{"+--", true, false},
		{"---", true, false},
		{"+-", true, true},   // a tie changes nothing
		{"+-", false, false}, // either way
		{"+?", false, true},
		{"-??", true, false},
		{"???", true, true},
		{"", true, true},
	} {
		var views []View
		for _, r := range tt.views {
			v := View{Gateways: map[string]bool{}}
			if r != '?' {
				v.Gateways["g"] = r == '+'
			}
			views = append(views, v)
		}
		if got := merge(views, map[string]bool{"g": tt.before}, []string{"g"})["g"]; got != tt.want {
			t.Errorf("views %q after %v: %v, want %v", tt.views, tt.before, got, tt.want)
		}
	}
}

func TestQuorum(t *testing.T) {
	got := ""
	for nodes := 1; nodes <= 5; nodes++ {
		for heard := range nodes {
			got += fmt.Sprintf("%d/%d:%v ", heard, nodes, quorum(heard, nodes))
		}
	}
	want := "0/1:true 0/2:true 1/2:true 0/3:false 1/3:true 2/3:true " +
		"0/4:false 1/4:false 2/4:true 3/4:true 0/5:false 1/5:false 2/5:true 3/5:true 4/5:true "
	if got != want {
		t.Errorf("quorum:\n%s\nwant\n%s", got, want)
	}
}

func TestLatencyAndGeo(t *testing.T) {
	ms := func(name string, healthy bool, latency int, near bool) Candidate {
		return Candidate{Name: name, Healthy: healthy, Latency: time.Duration(latency) * time.Millisecond, Near: near}
	}
	for _, tt := range []struct {
		name   string
		policy Policy
		now    string
		all    []Candidate
		want   string
	}{
		{"nearest", latency{}, "", []Candidate{ms("a", true, 90, false), ms("b", true, 40, false), ms("c", true, 60, false)}, "b"},
		{"own region among equals", latency{}, "", []Candidate{ms("a", true, 1, false), ms("b", true, 2, true), ms("c", true, 1, false)}, "b"},
		{"own region has become slow", latency{}, "b", []Candidate{ms("a", true, 2, false), ms("b", true, 300, true), ms("c", true, 1, false)}, "a"},
		{"stays abroad among equals", latency{}, "c", []Candidate{ms("a", true, 1, false), ms("b", true, 300, true), ms("c", true, 2, false)}, "c"},
		{"comes home", latency{}, "c", []Candidate{ms("a", true, 1, false), ms("b", true, 5, true), ms("c", true, 2, false)}, "b"},
		{"no move for a little", latency{}, "a", []Candidate{ms("a", true, 105, false), ms("b", true, 90, false)}, "a"},
		{"a move for a lot", latency{}, "a", []Candidate{ms("a", true, 130, false), ms("b", true, 90, false)}, "b"},
		{"nearest is sick", latency{}, "b", []Candidate{ms("a", true, 90, false), ms("b", false, 1, true), ms("c", true, 60, false)}, "c"},
		{"nothing measured", latency{}, "", []Candidate{ms("a", true, 0, false), ms("b", true, 0, true)}, "b"},
		{"all sick", latency{}, "", []Candidate{ms("a", false, 5, false), ms("b", false, 5, true)}, "a"},
		{"own", geo{}, "", []Candidate{ms("a", true, 0, false), ms("b", true, 0, true)}, "b"},
		{"own is sick", geo{}, "b", []Candidate{ms("a", true, 0, false), ms("b", false, 0, true)}, "a"},
		{"own and first are sick", geo{}, "b", []Candidate{ms("a", false, 0, false), ms("b", false, 0, true), ms("c", true, 0, false)}, "c"},
		{"from nowhere", geo{}, "", []Candidate{ms("a", true, 0, false), ms("b", true, 0, false)}, "a"},
		{"bug no-failover", never{geo{}}, "b", []Candidate{ms("a", true, 0, false), ms("b", false, 0, true)}, "b"},
	} {
		var now []string
		if tt.now != "" {
			now = []string{tt.now}
		}
		if got := tt.policy.Choose(now, tt.all); !slices.Equal(got, []string{tt.want}) {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}

func TestWeightedChoice(t *testing.T) {
	c := func(name string, healthy bool, weight int) Candidate {
		return Candidate{Name: name, Healthy: healthy, Weight: weight}
	}
	for _, tt := range []struct {
		name string
		all  []Candidate
		want string
	}{
		{"all", []Candidate{c("a", true, 90), c("b", true, 10)}, "a b"},
		{"the healthy", []Candidate{c("a", false, 90), c("b", true, 10), c("c", true, 1)}, "b c"},
		{"none without weight", []Candidate{c("a", true, 90), c("b", true, 0)}, "a"},
		{"but as the last resort", []Candidate{c("a", false, 90), c("b", true, 0)}, "b"},
		{"all sick", []Candidate{c("a", false, 90), c("b", false, 10), c("c", false, 0)}, "a b"},
		{"no weights at all", []Candidate{c("a", false, 0), c("b", false, 0)}, "a"},
	} {
		if got := strings.Join(weighted{}.Choose(nil, tt.all), " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Shares hold over few answers: of any 20 in a row, 10 % are one to three.
func TestDraw(t *testing.T) {
	weight := func(r string) int { return map[string]int{"a": 90, "b": 10}[r] }
	began := time.Unix(1_800_000_000, 0)
	for client := range 50 {
		addr := netip.AddrFrom4([4]byte{10, 77, 251, byte(client)})
		var drawn []string
		for i := range 500 {
			at := began.Add(time.Duration(i) * time.Second)
			got := draw([]string{"a", "b"}, weight, addr, at, time.Second)
			if again := draw([]string{"a", "b"}, weight, addr, at.Add(999*time.Millisecond), time.Second); again != got {
				t.Fatal("answers within one TTL differ")
			}
			drawn = append(drawn, got)
		}
		for i := range len(drawn) - 20 {
			n := 0
			for _, r := range drawn[i : i+20] {
				if r == "b" {
					n++
				}
			}
			if n < 1 || n > 3 {
				t.Fatalf("client %s: %d of 20 answers are b", addr, n)
			}
		}
	}
	first := map[string]int{}
	for client := range 250 {
		addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(client)})
		first[draw([]string{"a", "b"}, weight, addr, began, time.Second)]++
	}
	if first["b"] < 10 || first["b"] > 45 {
		t.Errorf("at one moment, of 250 clients %d are at b", first["b"])
	}
	if got := draw([]string{"a", "b"}, func(string) int { return 0 }, netip.Addr{}, began, time.Second); got != "a" {
		t.Errorf("without any weight: %s", got)
	}
}

func TestTiming(t *testing.T) {
	var tm timing
	got := ""
	for _, d := range []time.Duration{5, 90, 6, 7, 300, 300, 300} {
		tm.add(d)
		got += fmt.Sprintf("%d ", tm.median())
	}
	if want := "5 90 6 7 7 300 300 "; got != want {
		t.Errorf("medians %s, want %s", got, want)
	}
}
