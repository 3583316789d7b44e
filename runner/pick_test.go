package runner

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/fake"
	"github.com/drillctl/drillctl/scenarios"
)

func TestPickCount(t *testing.T) {
	tests := []struct {
		how         string
		total, want int
	}{
		{"", 5, 5}, {"all", 3, 3}, {"one", 9, 1},
		{"minority", 5, 2}, {"minority", 4, 1}, {"minority", 2, 0}, {"minority", 1, 0},
		{"majority", 5, 3}, {"majority", 4, 3}, {"majority", 1, 1},
		{"2", 3, 2}, {"50%", 4, 2}, {"50%", 3, 1}, {"1%", 10, 1}, {"100%", 7, 7},
	}
	for _, tt := range tests {
		got, err := pickCount(tt.how, tt.total)
		if err != nil || got != tt.want {
			t.Errorf("pick %q of %d: got %d (%v), want %d", tt.how, tt.total, got, err, tt.want)
		}
	}
	for _, how := range []string{"some", "0", "-1", "0%", "101%", "x%", "NaN%"} {
		if n, err := pickCount(how, 5); err == nil {
			t.Errorf("pick %q passed as %d", how, n)
		}
	}
}

func TestPickFollowsTheSeed(t *testing.T) {
	all := []string{"a", "b", "c", "d", "e", "f", "g"}
	first, err := pick("3", all, rand.New(rand.NewPCG(7, 0)))
	if err != nil {
		t.Fatal(err)
	}
	again, err := pick("3", []string{"g", "f", "e", "d", "c", "b", "a"}, rand.New(rand.NewPCG(7, 0)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first, again) {
		t.Errorf("one seed, two choices: %v and %v", first, again)
	}
	differ := false
	for seed := range uint64(20) {
		other, err := pick("3", all, rand.New(rand.NewPCG(seed, 0)))
		if err != nil || len(other) != 3 || !slices.IsSorted(other) {
			t.Fatalf("seed %d: %v, %v", seed, other, err)
		}
		differ = differ || !slices.Equal(first, other)
	}
	if !differ {
		t.Error("the seed changes nothing")
	}
}

func TestPickNobodyIsAnError(t *testing.T) {
	for _, tt := range []struct {
		how string
		of  []string
	}{{"all", nil}, {"one", nil}, {"minority", []string{"a", "b"}}, {"3", []string{"a"}}} {
		if got, err := pick(tt.how, tt.of, rand.New(rand.NewPCG(1, 1))); err == nil {
			t.Errorf("pick %s of %v passed with %v", tt.how, tt.of, got)
		}
	}
}

// Clients are the other side of links where that is asked, and never hit.
func TestClientsAreTheOtherSideOnly(t *testing.T) {
	nodes := []runtimes.Node{{Name: "client-1", Role: roleClient, Region: "client"}, {Name: "a-gateway-1", Role: "gateway", Region: "a"}}
	clients := scenarios.Selector{Role: []string{roleClient}, Pick: "all"}
	if got, _, err := chooseOther(clients, nodes, rand.New(rand.NewPCG(1, 0))); err != nil || !slices.Equal(got, []string{"client-1"}) {
		t.Errorf("the other side: %v, %v", got, err)
	}
	if got, err := choose(clients, nodes, rand.New(rand.NewPCG(1, 0))); err == nil {
		t.Errorf("%v are to be hit", got)
	}
	if got, _, err := chooseOther(clients, nodes[1:], rand.New(rand.NewPCG(1, 0))); err == nil {
		t.Errorf("without clients: %v", got)
	}
}

// One group of clients is the other side by its own addresses, and the rest of the
// client is tried as somebody who must not notice.
func TestGroupOfClientsIsTheOtherSide(t *testing.T) {
	addr := netip.MustParseAddr
	client := runtimes.Node{Name: "client-1", Role: roleClient, Region: "client", Addrs: []netip.Addr{addr("10.0.0.1"), addr("10.0.1.1"), addr("10.0.2.1")},
		Groups: map[string][]netip.Addr{"a": {addr("10.0.1.1")}, "b": {addr("10.0.2.1")}}}
	gateway := runtimes.Node{Name: "a-gateway-1", Role: "gateway", Region: "a", Addrs: []netip.Addr{addr("10.0.3.1")}}
	near := scenarios.Selector{Role: []string{roleClient}, Region: []string{"b"}, Pick: "all"}
	names, groups, err := chooseOther(near, []runtimes.Node{client, gateway}, rand.New(rand.NewPCG(1, 0)))
	if err != nil || !slices.Equal(names, []string{"client-1"}) || !slices.Equal(groups, []string{"b"}) {
		t.Fatal(names, groups, err)
	}
	rt := fake.New("run")
	defer rt.Close()
	if err := rt.Start(t.Context(), []runtimes.Node{client, gateway}); err != nil {
		t.Fatal(err)
	}
	running, err := instancesByName(t.Context(), rt)
	if err != nil {
		t.Fatal(err)
	}
	s := Step{Kind: faults.Kind{Peers: true}, Targets: []string{"a-gateway-1"}, Peers: names, Groups: groups}
	on, err := Plan{Steps: []Step{s}}.targets(s, rt, running)
	if err != nil || !slices.Equal(on[0].Peers, client.Groups["b"]) {
		t.Fatalf("the other side of %v: %v", on, err)
	}
	if got, want := fmt.Sprint(on[0].Probe), "[10.0.2.1:9 10.0.0.1:9 10.0.1.1:9]"; got != want {
		t.Errorf("tried are %s, want %s", got, want)
	}
	if got := s.Others(); !slices.Equal(got, []string{"client-1 (clients near b)"}) {
		t.Errorf("people are told %v", got)
	}
	near.Region = []string{"c"}
	if names, _, err := chooseOther(near, []runtimes.Node{client, gateway}, rand.New(rand.NewPCG(1, 0))); err == nil {
		t.Errorf("nobody is near c, and %v was chosen", names)
	}
}
