package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/runtimes"
)

var (
	net4 = netip.MustParsePrefix("10.77.0.0/16")
	net6 = netip.MustParsePrefix("fd77::/64")
)

func lay(t *testing.T, c Config) (map[string]runtimes.Node, map[string]NodeConfig, Entry) {
	t.Helper()
	nodes, entry, err := Layout(c, net4, net6, "/data")
	if err != nil {
		t.Fatal(err)
	}
	byName, configs := map[string]runtimes.Node{}, map[string]NodeConfig{}
	for _, n := range nodes {
		byName[n.Name] = n
		value, found := strings.CutPrefix(n.Env[0], NodeEnv+"=")
		var nc NodeConfig
		if err := json.Unmarshal([]byte(value), &nc); err != nil || !found {
			t.Fatalf("%s: environment %q: %v", n.Name, n.Env, err)
		}
		configs[n.Name] = nc
	}
	if len(byName) != len(nodes) {
		t.Fatalf("%d nodes with %d names", len(nodes), len(byName))
	}
	return byName, configs, entry
}

func TestDefaultLayout(t *testing.T) {
	nodes, configs, entry := lay(t, Config{})
	count := map[string]int{}
	seen := map[netip.Addr]string{}
	for name, n := range nodes {
		count[n.Region+" "+n.Role]++
		if len(n.Addrs) != 2 || !net4.Contains(n.Addrs[0]) || !net6.Contains(n.Addrs[1]) {
			t.Errorf("%s has the addresses %v", name, n.Addrs)
		}
		for _, a := range n.Addrs {
			if other, taken := seen[a]; taken {
				t.Errorf("%s and %s share %s", name, other, a)
			}
			seen[a] = name
		}
		if n.Restart == (n.Role == RoleClient) || !slices.Equal(n.Args, []string{"node"}) {
			t.Errorf("%s: restart %v, arguments %v", name, n.Restart, n.Args)
		}
		if c := configs[name]; c.Name != name || c.Region != n.Region || c.Role != n.Role {
			t.Errorf("%s is told that it is %+v", name, c)
		}
	}
	want := map[string]int{"client client": 1}
	for _, r := range []string{"us-east", "us-west", "eu"} {
		want[r+" gateway"], want[r+" api"], want[r+" store"], want[r+" dns"] = 2, 2, 1, 1
	}
	if fmt.Sprint(count) != fmt.Sprint(want) {
		t.Errorf("nodes are %v, want %v", count, want)
	}
	for name, want := range map[string]string{
		"us-east-gateway-1": "10.77.1.1 http://10.77.1.1/healthz",
		"us-east-api-2":     "10.77.1.4 http://10.77.1.4:8080/healthz",
		"us-west-store-1":   "10.77.2.5 http://10.77.2.5:8090/healthz",
		"eu-dns-1":          "10.77.3.6 http://10.77.3.6:8053/healthz",
		"client-1":          "10.77.251.1 ",
	} {
		if n := nodes[name]; n.Addrs[0].String()+" "+n.Ready != want {
			t.Errorf("%s is at %v, ready at %q, want %q", name, n.Addrs, n.Ready, want)
		}
	}
	if six := nodes["us-east-gateway-1"].Addrs[1].String(); six != "fd77::1:1" {
		t.Errorf("us-east-gateway-1 is at %s", six)
	}
	checkEntry(t, entry)
}

// An object store comes last in its region, and every store knows it.
func TestLayoutOfVaults(t *testing.T) {
	nodes, configs, _ := lay(t, Config{Replication: Backup, Vaults: []string{"us-west"}})
	plain, _, _ := lay(t, Config{Replication: Backup})
	v, ok := nodes["us-west-vault-1"]
	if !ok || len(nodes) != len(plain)+1 || v.Ready != "http://10.77.2.7:8060/healthz" || v.Data != "/data/us-west-vault-1" {
		t.Errorf("of %d nodes the vault is %+v", len(nodes), v)
	}
	for name, n := range plain {
		if nodes[name].Addrs[0] != n.Addrs[0] {
			t.Errorf("%s moved to %s", name, nodes[name].Addrs[0])
		}
		if n.Role == RoleStore && fmt.Sprint(configs[name].Store.Vaults) != "[{us-west us-west-vault-1 http://10.77.2.7:8060}]" {
			t.Errorf("%s knows the vaults %v", name, configs[name].Store.Vaults)
		}
	}
}

func checkEntry(t *testing.T, entry Entry) {
	t.Helper()
	text, err := json.Marshal(entry)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"url":"http://api.drill.test","dns":["10.77.1.6:53","10.77.2.6:53","10.77.3.6:53"],` +
		`"stores":{"eu":"http://10.77.3.5:8090","us-east":"http://10.77.1.5:8090","us-west":"http://10.77.2.5:8090"},` +
		`"gateways":{"eu":["http://10.77.3.1","http://10.77.3.2"],"us-east":["http://10.77.1.1","http://10.77.1.2"],"us-west":["http://10.77.2.1","http://10.77.2.2"]},` +
		`"regions":["us-east","us-west","eu"]}`
	if string(text) != want {
		t.Errorf("entry is\n%s\nwant\n%s", text, want)
	}
}

func TestEveryNodeKnowsItsNeighbours(t *testing.T) {
	_, configs, _ := lay(t, Config{Bugs: []string{bug.NoFailover, bug.RetryStorm}, Weights: map[string]int{"eu-api-1": 7}})
	tiers := map[string]int{}
	for _, u := range configs["us-west-gateway-2"].Proxy.Upstreams {
		tiers[u.Name] = u.Tier
		if u.Addr.Port() != APIPort || (u.Weight == 7) != (u.Name == "eu-api-1") {
			t.Errorf("upstream %+v", u)
		}
	}
	if want := "map[eu-api-1:3 eu-api-2:3 us-east-api-1:1 us-east-api-2:1 us-west-api-1:0 us-west-api-2:0]"; fmt.Sprint(tiers) != want {
		t.Errorf("tiers are %v, want %v", tiers, want)
	}
	if got := configs["us-west-gateway-2"].Proxy.Bugs; !slices.Equal(got, []string{bug.RetryStorm}) {
		t.Errorf("a regional gateway has the bugs %v", got)
	}
	d := configs["eu-dns-1"].DNS
	if len(d.Servers) != 3 || len(d.Regions) != 3 || d.Regions[0].Name != "us-east" || len(d.Bugs) != 2 {
		t.Errorf("traffic manager: %+v", d)
	}
	if url := d.Regions[1].Gateways[0].URL; url != "http://10.77.2.1/readyz" {
		t.Errorf("it checks %s", url)
	}
	if a := configs["eu-api-2"].API; a.Store != "http://10.77.3.5:8090" || a.Addr4.String() != "10.77.3.4" {
		t.Errorf("API: %+v", a)
	}
	s := configs["eu-store-1"].Store
	if s.Primary != "us-east" || s.Dir != filepath.Join("/data", "eu-store-1") || len(s.Peers) != 3 || s.Peers[0].Addr.String() != "10.77.1.5" {
		t.Errorf("store: %+v", s)
	}
}

func TestPrimaryComesFirstWhereverItStands(t *testing.T) {
	_, configs, entry := lay(t, Config{Regions: []Region{{Name: "a"}, {Name: "b"}, {Name: "c", Role: Primary}}})
	if want := []string{"c", "a", "b"}; !slices.Equal(entry.Regions, want) {
		t.Errorf("regions in the order %v, want %v", entry.Regions, want)
	}
	if p := configs["a-store-1"].Store.Primary; p != "c" {
		t.Errorf("the store's primary is %s", p)
	}
}

func TestEdgeLayout(t *testing.T) {
	nodes, configs, entry := lay(t, Config{Routing: Edge, Bugs: []string{bug.NoFailover}})
	if entry.URL != "http://10.77.250.1" || len(entry.DNS) != 0 {
		t.Errorf("entry is %+v", entry)
	}
	if len(nodes) != 3*5+2 {
		t.Errorf("%d nodes", len(nodes))
	}
	edge := configs["edge-gateway-1"].Proxy
	var tiers []string
	for _, u := range edge.Upstreams {
		tiers = append(tiers, fmt.Sprintf("%d:%s", u.Tier, u.Name))
	}
	want := "0:us-east-gateway-1 0:us-east-gateway-2 1:us-west-gateway-1 1:us-west-gateway-2 2:eu-gateway-1 2:eu-gateway-2"
	if !edge.Edge || strings.Join(tiers, " ") != want || !slices.Equal(edge.Bugs, []string{bug.NoFailover}) {
		t.Errorf("edge: %+v", edge)
	}
	if g := configs["eu-gateway-1"].Proxy; len(g.Bugs) != 0 || !slices.Equal(g.Trust, []netip.Addr{edge.Addr4}) {
		t.Errorf("regional gateway: bugs %v, trust %v", g.Bugs, g.Trust)
	}
}

// Groups of clients have subnets that no other node is in, in which the client node
// has addresses for them, and every traffic manager takes its word for them.
func TestLayoutOfClients(t *testing.T) {
	nodes, configs, entry := lay(t, Config{Routing: "geo", Clients: []string{"us-east", "eu"}})
	d := configs["us-west-dns-1"].DNS
	if got, want := fmt.Sprint(d.Nets), "[{10.77.231.0/24 us-east} {10.77.232.0/24 eu}]"; got != want {
		t.Errorf("networks of clients are %s, want %s", got, want)
	}
	if !slices.Equal(d.Resolvers, nodes["client-1"].Addrs[:1]) || d.Clients[0].Near != "us-east" {
		t.Errorf("resolvers %v, near %v", d.Resolvers, d.Clients)
	}
	if entry.Clients["eu"] != d.Nets[1].Prefix || len(entry.Clients) != 2 {
		t.Errorf("entry is %+v", entry)
	}
	if got, want := fmt.Sprint(nodes["client-1"].Addrs), "[10.77.251.1 fd77::fb:1 10.77.231.1 fd77::e7:1 10.77.232.1 fd77::e8:1]"; got != want {
		t.Errorf("the client node has the addresses %s, want %s", got, want)
	}
	if eu := nodes["client-1"].Groups["eu"]; !slices.Equal(eu, nodes["client-1"].Addrs[4:]) || !d.Nets[1].Prefix.Contains(eu[0]) {
		t.Errorf("clients near eu come from %v", eu)
	}
	for name, n := range nodes {
		for _, net := range d.Nets {
			if net.Prefix.Contains(n.Addrs[0]) {
				t.Errorf("%s is in %v", name, net.Prefix)
			}
		}
	}
	plain, _, _ := lay(t, Config{Routing: "geo"})
	if len(plain) != len(nodes) {
		t.Errorf("%d nodes, without groups %d", len(nodes), len(plain))
	}
	for _, c := range []Config{{Clients: []string{"mars"}}, {Clients: []string{"eu", "eu"}}, {Clients: []string{"eu"}, Routing: Edge}} {
		if _, _, err := Layout(c, net4, net6, ""); err == nil {
			t.Errorf("%v with routing %q was taken", c.Clients, c.Routing)
		}
	}
}

// With IPv6 the issuer of tokens, the control plane and the quota store are asked by it.
func TestIPv6LayoutOfAllParts(t *testing.T) {
	nodes, configs, entry := lay(t, Config{Family: IPv6, Tokens: &Tokens{Lifetime: time.Minute, Refresh: time.Second, Keep: time.Hour},
		Control: &Control{Every: time.Second, Canary: time.Second}, Quota: &Quota{Tenants: []Tenant{{"shop", "k", 1, 1}}, LoadAs: "shop", Store: &QuotaStore{}}})
	g := configs["us-east-gateway-1"].Proxy
	for name, at := range map[string]string{"issuer": g.Tokens.Issuer, "control": g.Control.URL, "quota": g.Quota.Count, "store": g.Quota.Store} {
		if ready := nodes["us-east-"+name+"-1"].Ready; at+"/healthz" != ready || !strings.HasPrefix(at, "http://[fd77::") {
			t.Errorf("the %s is asked at %s, and answers at %s", name, at, ready)
		}
	}
	if entry.Issuer != g.Tokens.Issuer {
		t.Errorf("clients get tokens from %s", entry.Issuer)
	}
	for name, n := range nodes {
		if strings.Contains(n.Env[0], "http://1") {
			t.Errorf("%s is told of IPv4 addresses: %s", name, n.Env[0])
		}
	}
}

// With IPv6 nobody is told an IPv4 address by which to reach another, and clients
// get none from DNS.
func TestIPv6Layout(t *testing.T) {
	nodes, configs, entry := lay(t, Config{Family: IPv6})
	g := configs["us-east-gateway-1"]
	d := configs["eu-dns-1"].DNS
	s := configs["eu-store-1"].Store
	for what, got := range map[string]string{
		"http://[fd77::1:1]/healthz":      nodes["us-east-gateway-1"].Ready,
		"http://[fd77::2:5]:8090/healthz": nodes["us-west-store-1"].Ready,
		"[fd77::1:3]:8080":                g.Proxy.Upstreams[0].Addr.String(),
		"http://[fd77::3:5]:8090":         configs["eu-api-1"].API.Store,
		"http://[fd77::1:1]/readyz":       d.Regions[0].Gateways[0].URL,
		"[fd77::1:6]:8053":                d.Servers[0].Admin.String(),
		"invalid IP fd77::1:1":            d.Regions[0].Gateways[0].Addr4.String() + " " + d.Regions[0].Gateways[0].Addr6.String(),
		"fd77::1:5":                       s.Peers[0].Addr.String(),
		"[fd77::1:6]:53":                  entry.DNS[0].String(),
		"http://[fd77::2:5]:8090":         entry.Stores["us-west"],
		"http://[fd77::3:2]":              entry.Gateways["eu"][1],
	} {
		if got != what {
			t.Errorf("%s, want %s", got, what)
		}
	}
	if _, _, err := Layout(Config{Family: IPv6}, net4, netip.Prefix{}, ""); err == nil || !strings.Contains(err.Error(), "no IPv6 network") {
		t.Errorf("without IPv6: %v", err)
	}
	if _, _, entry := lay(t, Config{Family: IPv6, Routing: Edge}); entry.URL != "http://[fd77::fa:1]" {
		t.Errorf("the edge is at %s", entry.URL)
	}
}

func TestLayoutIsReproducible(t *testing.T) {
	one, _, err1 := Layout(Config{}, net4, net6, "/data")
	two, _, err2 := Layout(Config{}, net4, net6, "/data")
	if err1 != nil || err2 != nil || fmt.Sprint(one) != fmt.Sprint(two) {
		t.Errorf("two layouts differ (%v, %v)", err1, err2)
	}
}

func TestLayoutWithoutIPv6AndWithSmallNetworks(t *testing.T) {
	nodes, _, err := Layout(Config{}, net4, netip.Prefix{}, "")
	if err != nil || len(nodes[0].Addrs) != 1 {
		t.Errorf("without IPv6: %v, %v", nodes[0].Addrs, err)
	}
	if _, _, err := Layout(Config{}, netip.MustParsePrefix("10.0.0.0/24"), net6, ""); err == nil {
		t.Error("a /24 was taken")
	}
}

func TestRunNodeSaysWhatIsWrong(t *testing.T) {
	for config, want := range map[string]string{
		``:                             NodeEnv,
		`{"role":"gateway"}`:           "no config",
		`{"role":"king"}`:              "king",
		`{"role":"client","colour":1}`: "colour",
	} {
		if err := RunNode(t.Context(), []byte(config), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("config %q: error %v, want one about %q", config, err, want)
		}
	}
}

func TestClientNodeWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if err := RunNode(ctx, []byte(`{"name":"client-1","role":"client"}`), &out); err != nil || out.Len() > 0 {
		t.Errorf("error %v, output %q", err, out.String())
	}
}
