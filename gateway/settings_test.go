package gateway

import (
	"slices"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/runtimes"
)

func settingsOf(t *testing.T, c Config, node string) map[string]runtimes.Setting {
	t.Helper()
	nodes, _, _ := lay(t, c)
	list, err := Settings(nodes[node])
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]runtimes.Setting{}
	for _, s := range list {
		out[s.Path] = s
	}
	return out
}

func TestSettings(t *testing.T) {
	s := settingsOf(t, Config{Bugs: []string{bug.RetryStorm}}, "eu-gateway-1")
	if s["proxy.health.interval"].Value != "1s" || s["proxy.balance"].Value != "round-robin" || !s["proxy.bugs"].Software {
		t.Errorf("%+v", s)
	}
	ups := s["proxy.upstreams"].Set // of eu, us-east, us-west: tiers without a gap
	if len(ups) != 6 || !slices.ContainsFunc(ups, func(u string) bool { return strings.Contains(u, `"us-west-api-1"`) && strings.Contains(u, `"tier":2`) }) {
		t.Errorf("%v", ups)
	}
	if dir := settingsOf(t, Config{}, "eu-store-1")["store.dir"].Value; dir != "" {
		t.Errorf("where the data lie is a setting: %s", dir)
	}
	keyed := Config{Quota: &Quota{LoadAs: "t", Tenants: []Tenant{{"t", "k", 1, 1}}}}
	if _, there := settingsOf(t, keyed, "us-east-store-1")["store.tenants"]; there || settingsOf(t, keyed, "eu-gateway-1")["proxy.quota.parts"].Value != "2" {
		t.Error("where keys are added is a setting, or how they are limited is none")
	}
	if _, err := Settings(runtimes.Node{Name: "x"}); err == nil {
		t.Error("a node without a configuration has settings")
	}
}

// The bug config-drift makes the last region check less often, and no other.
func TestConfigDrift(t *testing.T) {
	c := Config{Bugs: []string{bug.ConfigDrift}}
	for node, want := range map[string]string{"us-east-gateway-1": "1s", "us-west-gateway-1": "1s", "eu-gateway-1": "3s"} {
		if got := settingsOf(t, c, node)["proxy.health.interval"].Value; got != want {
			t.Errorf("%s checks every %s, want %s", node, got, want)
		}
	}
	if got := settingsOf(t, c, "eu-dns-1")["dns.health.interval"].Value; got != "3s" {
		t.Errorf("its traffic manager checks every %s", got)
	}
}
