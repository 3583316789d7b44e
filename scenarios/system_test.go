package scenarios_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/scenarios"
)

const frame = `apiVersion: drillctl/v1
name: frame
system:
  gateway:
    regions: {b: {gateways: 3, apis: 1}, a: {role: primary}, c: {}}
    %s
load: {rate: 100/s}
hold: 5s
steps: [{at: 1s, fault: kill, on: {%s}, for: 5s}]
objectives: {rto: 10s}
`

func problems(system, on string) []scenarios.Problem {
	_, ps := scenarios.Parse("frame", fmt.Appendf(nil, frame, system, on), faults.All())
	return ps
}

// A scenario may target exactly those instances that the bundled system lays out.
func TestTargetsAreTheLayout(t *testing.T) {
	for _, routing := range []string{"failover", "edge", "failover\n    control-plane: {every: 1s}\n    quota: {tenants: {t: {key: k, rate: 1/s}}, load-as: t, store: {}}", "edge\n    tokens: {}"} {
		word, more, _ := strings.Cut(routing, "\n")
		c := gateway.Config{Routing: word, Regions: []gateway.Region{{Name: "b", Gateways: 3, APIs: 1}, {Name: "a", Role: gateway.Primary}, {Name: "c"}}}
		if strings.Contains(more, "control-plane") {
			c.Control = &gateway.Control{Every: time.Second}
			c.Quota = &gateway.Quota{LoadAs: "t", Tenants: []gateway.Tenant{{Name: "t", Key: "k", Rate: 1, Burst: 1}}, Store: &gateway.QuotaStore{}}
		}
		if strings.Contains(more, "tokens") {
			c.Tokens = &gateway.Tokens{Lifetime: time.Minute, Refresh: time.Second, Keep: time.Minute}
		}
		nodes, _, err := gateway.Layout(c, netip.MustParsePrefix("10.77.0.0/16"), netip.Prefix{}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		var laid []string
		for _, n := range nodes {
			if n.Role == gateway.RoleClient {
				continue
			}
			laid = append(laid, n.Name)
			if ps := problems("routing: "+routing, fmt.Sprintf("name: %s, region: %s, role: %s", n.Name, n.Region, n.Role)); len(ps) > 0 {
				t.Errorf("%s: %v", n.Name, ps)
			}
		}
		ps := problems("routing: "+routing, "name: nobody")
		if len(ps) != 1 {
			t.Fatalf("%v", ps)
		}
		_, list, _ := strings.Cut(ps[0].Hint, "known: ")
		known := strings.Split(list, ", ")
		slices.Sort(known)
		slices.Sort(laid)
		if !slices.Equal(known, laid) {
			t.Errorf("%s: known %v, laid out %v", routing, known, laid)
		}
	}
}

// The words of a scenario are those of the bundled system.
func TestWordsAreTheSystem(t *testing.T) {
	var bugs []string
	for _, b := range gateway.Bugs() {
		bugs = append(bugs, b.Name)
	}
	for key, want := range map[string][]string{"routing": gateway.Routings(), "replication": gateway.Replications(), "bugs": bugs} {
		ps := problems(key+": nonsense", "region: a")
		if len(ps) != 1 {
			t.Fatalf("%s: %v", key, ps)
		}
		_, list, _ := strings.Cut(ps[0].Hint, "known: ")
		known := strings.Split(list, ", ")
		slices.Sort(known)
		slices.Sort(want)
		if !slices.Equal(known, want) {
			t.Errorf("%s: scenarios know %v, the system %v", key, known, want)
		}
	}
	for _, b := range bugs {
		if _, ps := scenarios.Parse("frame", fmt.Appendf(nil, frame+"\nproves: {fails-with: "+b+"}\n", "routing: failover", "region: a"), faults.All()); len(ps) > 0 {
			t.Errorf("fails-with %s: %v", b, ps)
		}
	}
}

// What is left out means the same to the scenario and to the system.
func TestDefaultsAreTheSystem(t *testing.T) {
	s, ps := scenarios.Parse("frame", fmt.Appendf(nil, frame, "routing: failover", "region: a"), faults.All())
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	g, c := s.System.Gateway, gateway.Config{}.Defaults()
	for what, pair := range map[string][2]any{
		"replication": {g.Replication, c.Replication}, "balance": {g.Balance, c.Balance}, "ttl": {int64(g.TTL), int64(c.TTL)},
		"backup-every": {int64(g.BackupEvery), int64(c.BackupEvery)}, "interval": {int64(g.Health.Interval), int64(c.Health.Interval)},
		"timeout": {int64(g.Health.Timeout), int64(c.Health.Timeout)}, "threshold": {g.Health.Threshold, c.Health.Threshold},
		"success": {g.Health.Success, c.Health.Success}, "budget": {float64(g.Retries.Budget), c.Retries.Budget},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: the scenario says %v, the system %v", what, pair[0], pair[1])
		}
	}
}
