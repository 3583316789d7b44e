package dns

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
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
		{"bug no-failover", never{}, "a", "a- b+ c+", "a"},
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
