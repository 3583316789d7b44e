package gateway

import (
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/certs"
	"github.com/drillctl/drillctl/runtimes"
)

// With TLS clients come by https, and so do the checks of the traffic managers,
// which verify as clients do; whoever operates and watches stays where they were.
func TestTLSLayout(t *testing.T) {
	c, a, err := Config{TLS: &TLS{}, Control: &Control{Every: time.Second}}.WithAuthority()
	if err != nil || a == nil {
		t.Fatal(a, err)
	}
	nodes, configs, entry := lay(t, c)
	if entry.URL != "https://api.drill.test" || entry.Roots != a.Roots() || entry.Gateways["eu"][0] != "https://10.77.3.1" {
		t.Errorf("%+v", entry)
	}
	g := configs["us-east-gateway-2"].Proxy
	want := certs.Config{Port: 443, Node: "us-east-gateway-2", Name: "api.drill.test", Lifetime: 90 * 24 * time.Hour, Dir: "/data/us-east-gateway-2/tls", Roots: a.Roots()}
	if g.TLS == nil || *g.TLS != want || g.Control.Own != "https://10.77.1.3" {
		t.Errorf("%+v, %+v", g.TLS, g.Control)
	}
	if n := nodes["us-east-gateway-2"]; n.Data != "/data/us-east-gateway-2" || !strings.HasPrefix(n.Ready, "http://") {
		t.Errorf("%+v", n)
	}
	d := configs["eu-dns-1"].DNS
	if d.TLS == nil || *d.TLS != (certs.Trust{Name: "api.drill.test", Roots: a.Roots()}) || d.Regions[0].Gateways[0].URL != "https://10.77.1.2/readyz" {
		t.Errorf("%+v", d)
	}
	for name, n := range nodes {
		if strings.Contains(strings.Join(n.Env, " "), "PRIVATE KEY") {
			t.Errorf("%s is told a key", name)
		}
	}
	plain, _, err := Config{}.WithAuthority()
	if _, configs, entry := lay(t, plain); err != nil || entry.Roots != "" || configs["eu-gateway-1"].Proxy.TLS != nil || configs["eu-dns-1"].DNS.TLS != nil {
		t.Errorf("without TLS: %+v, %v", entry, err)
	}
}

// Every system has an authority of its own; its configuration is the same.
func TestTLSIsNoDrift(t *testing.T) {
	var seen []map[string][]runtimes.Setting
	for range 2 {
		c, _, err := Config{TLS: &TLS{}}.WithAuthority()
		if err != nil {
			t.Fatal(err)
		}
		nodes, _, _ := lay(t, c)
		all := map[string][]runtimes.Setting{}
		for _, name := range []string{"eu-gateway-1", "eu-dns-1"} {
			if all[name], err = Settings(nodes[name]); err != nil {
				t.Fatal(err)
			}
			for _, s := range all[name] {
				if strings.Contains(s.Value, "BEGIN") {
					t.Errorf("%s: %+v", name, s)
				}
			}
		}
		seen = append(seen, all)
	}
	if !reflect.DeepEqual(seen[0], seen[1]) {
		t.Errorf("two systems differ:\n%+v\n%+v", seen[0], seen[1])
	}
}

func TestTLSProblems(t *testing.T) {
	for _, tt := range []struct {
		c     Config
		field string
	}{
		{Config{TLS: &TLS{Lifetime: time.Second}}, "tls.lifetime"},
		{Config{TLS: &TLS{}, Routing: Edge}, "tls"},
		{Config{TLS: &TLS{}, Ports: Ports{Gateway: 443, DNS: 53, Peer: 8053}}, "ports.https"},
	} {
		errs := tt.c.Defaults().Check()
		if len(errs) != 1 || errs[0].(Problem).Field != tt.field {
			t.Errorf("%+v: %v", tt.c.TLS, errs)
		}
	}
}

// loopback dials the address that it is told, whatever the node.
type loopback struct{ net.Dialer }

// Gateways that wait to be signed are signed, all at once; one that cannot be is
// told of by name.
func TestEnroll(t *testing.T) {
	c, a, err := Config{TLS: &TLS{}}.WithAuthority()
	if err != nil {
		t.Fatal(err)
	}
	var nodes []runtimes.Node
	var servers []*certs.Server
	for _, name := range []string{"a-gateway-1", "b-gateway-1"} {
		s, err := certs.Open(certs.Config{Port: 443, Node: name, Name: entryName, Lifetime: time.Hour, Dir: t.TempDir(), Roots: c.TLS.Roots})
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		s.Routes(mux)
		srv := httptest.NewServer(mux)
		t.Cleanup(srv.Close)
		servers = append(servers, s)
		nodes = append(nodes, runtimes.Node{Name: name, Role: RoleGateway, Ready: srv.URL + "/healthz"})
	}
	nodes = append(nodes, runtimes.Node{Name: "a-api-1", Role: RoleAPI, Ready: "http://127.0.0.1:1/healthz"})
	if err := Enroll(t.Context(), a, &loopback{}, nodes); err != nil {
		t.Fatal(err)
	}
	for i, s := range servers {
		if now, err := s.State(); err != nil || now.Serves != certs.Valid || now.Names[0] != entryName {
			t.Errorf("%s: %+v, %v", nodes[i].Name, now, err)
		}
	}
	if err := Enroll(t.Context(), nil, nil, nodes); err != nil {
		t.Error(err)
	}
	nodes[1].Ready = "http://127.0.0.1:1/healthz"
	if err := Enroll(t.Context(), a, &loopback{}, nodes); err == nil || !strings.Contains(err.Error(), "b-gateway-1") {
		t.Errorf("%v", err)
	}
}
