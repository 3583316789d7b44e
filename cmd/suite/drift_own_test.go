package suite

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/scenarios"
)

const ownShop = `apiVersion: drillctl/v1
name: shop
system:
  containers: {project: shop, entry: 'http://gw:8080', regions: {us: , eu: }}
load: {rate: 100/s}
steps: [{at: 1s, fault: kill, on: {region: us}, for: 1s}]
objectives: {rto: 10s}
drift: {mode: fail, ignore: [env.SHARD]}
`

// shopContainer is one of the user's containers, as an engine inspects it.
type shopContainer struct {
	name, region, ip, image string
	memory                  int
	env                     []string
}

func (c shopContainer) inspected(compose string) map[string]any {
	return map[string]any{
		"Id": "id-" + c.name, "Name": "/" + c.name, "Image": "sha256:" + c.image, "State": map[string]any{"Status": "running"},
		"Config": map[string]any{"Image": "shop/gw", "Env": c.env, "Labels": map[string]string{"drillctl.region": c.region, "drillctl.role": "gateway",
			"com.docker.compose.project": "shop", "com.docker.compose.service": c.name, "com.docker.compose.project.config_files": compose}},
		"HostConfig":      map[string]any{"Memory": c.memory, "NetworkMode": "shop"},
		"NetworkSettings": map[string]any{"Networks": map[string]any{"shop": map[string]any{"IPAddress": c.ip}}},
	}
}

// engineWith is an engine with these containers; the environment leads to it.
func engineWith(t *testing.T, compose string, containers *[]shopContainer) terminal.Env {
	t.Helper()
	dir, err := os.MkdirTemp("", "drift") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Api-Version", "1.47")
		var list []map[string]any
		for _, c := range *containers {
			if strings.Contains(r.URL.Path, "/id-"+c.name+"/") {
				_ = json.NewEncoder(w).Encode(c.inspected(compose))
				return
			}
			list = append(list, map[string]any{"Id": "id-" + c.name})
		}
		if strings.HasSuffix(r.URL.Path, "/containers/json") {
			_ = json.NewEncoder(w).Encode(list)
			return
		}
		fmt.Fprint(w, `{"ApiVersion":"1.47","OSType":"linux"}`)
	}))
	srv.Listener = l
	srv.Start()
	t.Cleanup(srv.Close)
	return terminal.Env{Getenv: func(k string) string { return map[string]string{"DOCKER_HOST": "unix://" + socket}[k] }}
}

// Containers of one role are held against each other, whatever says where they
// are; and what they hide stays hidden.
func TestDriftOfContainers(t *testing.T) {
	compose := filepath.Join(t.TempDir(), "compose.yaml")
	if err := os.WriteFile(compose, []byte("services: {}"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := []shopContainer{
		{"gw-us", "us", "10.1.0.1", "v1", 64, []string{"REGION=us", "PEER=http://gw-eu:80", "PART=primary", "TOKEN=planted-one", "SHARD=1"}},
		{"gw-eu", "eu", "10.1.0.2", "v1", 64, []string{"REGION=eu", "PEER=http://gw-us:80", "PART=standby", "TOKEN=planted-one", "SHARD=2"}},
	}
	env := engineWith(t, compose, &all)
	sc, problems := scenarios.Parse("shop.yaml", []byte(ownShop), faults.All())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	on, err := subject.Of(env, sc, nil, "auto")
	if err != nil {
		t.Fatal(err)
	}
	e, root := entry{Drill: source.Drill{Name: "shop.yaml", Scenario: sc}, on: on}, t.TempDir()
	first := looked(t, e, root, "20261127T070000-shop-0001")
	if r := judged(e, first); r.Verdict != drill.Pass || first.Drift.Ignored != 1 {
		t.Errorf("%s %+v", r.Reason, first.Drift)
	}
	all[1].image, all[1].memory, all[1].env[3] = "v2", 32, "TOKEN=planted-two"
	if err := os.WriteFile(compose, []byte("services: {gw: {}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := looked(t, e, root, "20261127T080000-shop-0002")
	var got []string
	for _, f := range second.Drift.Findings {
		got = append(got, f.Text)
	}
	want := `gateway env.TOKEN: a value in eu, another value in us
gateway image.id: sha256:v2 in eu, sha256:v1 in us
gateway limits.memory: 32 in eu, 64 in us
gateway env.TOKEN has another value (gw-eu)
gateway image.id is sha256:v2, was sha256:v1 (gw-eu)
gateway limits.memory is 32, was 64 (gw-eu)
compose file ` + compose + ` has another value`
	if strings.Join(got, "\n") != want {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if r := judged(e, second); r.Verdict != drill.Fail {
		t.Errorf("%+v", r)
	}
	if first.SystemFingerprint == second.SystemFingerprint || first.Fingerprint == second.Fingerprint {
		t.Error("another image and another limit are the same system")
	}
	noSecrets(t, root, "planted")
}
