package subject

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/scenarios"
)

// A dockyard is an engine with the containers of one Compose project, of which
// the file "up" in a directory says that there are any, and the file "kept" that the
// engine keeps its network though nobody is in it.
type dockyard struct {
	dir    string
	state  string // of the container db
	pulled bool   // its image

	mu      sync.Mutex
	removed []string
}

func (y *dockyard) up() bool { return y.has("up") }

func (y *dockyard) has(file string) bool {
	_, err := os.Stat(filepath.Join(y.dir, file))
	return err == nil
}

func (y *dockyard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	path := strings.TrimPrefix(r.URL.Path, "/v1.41")
	labels := func(service string) map[string]string {
		return map[string]string{"com.docker.compose.project": "shop", "com.docker.compose.service": service}
	}
	switch {
	case y.has("kept") && path == "/networks/shop_default" && r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message":"network shop_default has active endpoints"}`)
	case y.has("kept") && path == "/networks/shop_default":
		fmt.Fprint(w, `{"Name":"shop_default","Id":"n1","Containers":{}}`)
	case r.Method == http.MethodDelete:
		y.mu.Lock()
		y.removed = append(y.removed, path)
		y.mu.Unlock()
		if strings.HasPrefix(path, "/containers/") {
			_ = os.Remove(filepath.Join(y.dir, "up"))
		}
		w.WriteHeader(http.StatusNoContent)
	case path == "/version":
		fmt.Fprint(w, `{"Version":"20.10.24","ApiVersion":"1.41"}`)
	case path == "/containers/json" && y.up():
		_ = json.NewEncoder(w).Encode([]any{map[string]any{"Id": "web", "Labels": labels("web")}, map[string]any{"Id": "db", "Labels": labels("db")}})
	case path == "/containers/json":
		fmt.Fprint(w, `[]`)
	case path == "/images/x/json" && y.pulled:
		fmt.Fprint(w, `{"Id": "sha256:pulled"}`)
	case path == "/images/sha256:pulled/json":
		fmt.Fprint(w, `{"Id": "sha256:pulled", "RepoDigests": ["shop/x@sha256:d2", "acme/x@sha256:d1"]}`)
	case strings.HasPrefix(path, "/images/"):
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message": "No such image"}`)
	case strings.HasSuffix(path, "/json"):
		service := strings.Split(path, "/")[2]
		state := map[string]any{"Status": "running", "Running": true}
		if service == "db" && y.state != "" {
			state = map[string]any{"Status": y.state, "ExitCode": 1}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Id": service, "Image": "sha256:runs", "Name": "/shop-" + service + "-1", "State": state, "HostConfig": map[string]any{},
			"Config": map[string]any{"Labels": labels(service)}, "NetworkSettings": map[string]any{}})
	case path == "/networks" && (y.up() || y.has("kept")):
		fmt.Fprint(w, `[{"Name":"shop_default","Id":"n1"}]`)
	case path == "/networks":
		fmt.Fprint(w, `[]`)
	case path == "/volumes" && y.up():
		fmt.Fprint(w, `{"Volumes":[{"Name":"shop_precious"},{"Name":"shop_new"}]}`)
	case path == "/volumes":
		fmt.Fprint(w, `{"Volumes":[{"Name":"shop_precious"}]}`)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// composedShop is an application with a compose command that runs script.
func composedShop(t *testing.T, script string) (composed, *dockyard, *docker.Engine) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the compose command is a script")
	}
	y := &dockyard{dir: t.TempDir()}
	srv := httptest.NewServer(y)
	t.Cleanup(srv.Close)
	t.Setenv("PATH", y.dir+":/usr/bin:/bin")
	for name, text := range map[string]string{
		"compose.yaml":   "services: {web: {image: x, labels: {drillctl.region: fra}}, db: {image: x}}\n",
		"docker":         "#!/bin/sh\n[ \"$2\" = version ] && echo 2.40.0 && exit\n" + script,
		"docker-compose": "#!/bin/sh\nexit 1\n",
		"shop.yaml": `apiVersion: drillctl/v1
name: shop
system: {compose: {file: compose.yaml, project: shop, patience: 5s, entry: "http://web", regions: {fra: {}, ams: {}}, services: {db: {region: ams}}}}
load: {rate: 50/s}
steps: [{at: 0s, fault: kill, on: {service: db}, for: 5s}]
objectives: {rto: 10s}
`,
	} {
		if err := os.WriteFile(filepath.Join(y.dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	host := "tcp://" + strings.TrimPrefix(srv.URL, "http://")
	env := terminal.Env{Getenv: func(name string) string { return map[string]string{"DOCKER_HOST": host}[name] }}
	file := filepath.Join(y.dir, "shop.yaml")
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sc, problems := scenarios.Parse(file, src, faults.All())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	on, err := Of(env, sc, nil, Auto)
	if err != nil {
		t.Fatal(err)
	}
	e, err := docker.Connect(t.Context(), engineWhere(env, false))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return on.(composed), y, e
}

const comesUp = "touch $(dirname $0)/up\n"

func (y *dockyard) place(t *testing.T, run string) (Place, rundir.Dir) {
	t.Helper()
	d := rundir.Dir{Root: filepath.Join(y.dir, "state"), ID: run}
	if err := os.MkdirAll(d.Path(""), 0o755); err != nil {
		t.Fatal(err)
	}
	return Place{ID: run, State: d.Root, Logs: d.Path(rundir.Logs)}, d
}

// A plan of an application that is not up names what will be: as the one made
// when it is up.
func TestComposedNodes(t *testing.T) {
	a, y, _ := composedShop(t, comesUp)
	for _, up := range []bool{false, true} {
		if up {
			if err := os.WriteFile(filepath.Join(y.dir, "up"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		nodes, err := a.Nodes(t.Context())
		if err != nil || len(nodes) != 2 {
			t.Fatalf("%v, %v", nodes, err)
		}
		for _, n := range nodes {
			want := map[string]string{"shop-web-1": "fra/web", "shop-db-1": "ams/db"}[n.Name]
			if up {
				want = strings.Replace(want, "fra", "", 1) // the dockyard's have no labels of their own
			}
			if n.Region+"/"+n.Role != want {
				t.Errorf("up %v: %s is %s/%s, want %s", up, n.Name, n.Region, n.Role, want)
			}
		}
		if err := a.Here(t.Context()); err != nil {
			t.Error(err)
		}
	}
	y.state = "exited"
	if _, err := a.Nodes(t.Context()); !errors.Is(err, runner.ErrCannotRun) || !strings.Contains(err.Error(), "up in part: shop-db-1 ended with status 1") {
		t.Errorf("half up: %v", err)
	}
}

// What is started is journalled before, and taken down to what was there
// before: a volume that the project had stays.
func TestComposingIsTakenDown(t *testing.T) {
	a, y, e := composedShop(t, "grep -q '\"intent\"' $(dirname $0)/state/runs/one/journal.jsonl || exit 9\n"+comesUp)
	p, d := y.place(t, "one")
	s, err := a.start(t.Context(), e, p)
	if err != nil {
		t.Fatal(err)
	}
	other, otherDir := y.place(t, "two")
	if _, err := a.start(t.Context(), e, other); err == nil || !strings.Contains(err.Error(), "run one") {
		t.Errorf("a second run started it, too: %v", err)
	}
	for dir, want := range map[rundir.Dir]int{d: 1, otherDir: 0} {
		if left, err := journal.Left(dir.Path(rundir.Journal)); err != nil || len(left) != want {
			t.Errorf("%s: %v, %v", dir.ID, left, err)
		}
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	y.gone(t, d)
}

// gone checks that all that the run started was removed, and nothing else.
func (y *dockyard) gone(t *testing.T, d rundir.Dir) {
	t.Helper()
	if left, err := journal.Left(d.Path(rundir.Journal)); err != nil || len(left) > 0 {
		t.Errorf("left in the journal: %v, %v", left, err)
	}
	slices.Sort(y.removed)
	if want := []string{"/containers/db", "/containers/web"}; y.up() || !slices.Equal(y.removed, want) {
		t.Errorf("removed %v, want %v", y.removed, want)
	}
}

// One that does not come up is taken down at once, with its last words; one that
// a dead run started is refused to the next, and taken down by recover.
func TestComposingThatFails(t *testing.T) {
	a, y, e := composedShop(t, comesUp+"echo no space left >&2; exit 7\n")
	p, d := y.place(t, "one")
	_, err := a.start(t.Context(), e, p)
	if !errors.Is(err, runner.ErrCannotRun) || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v", err)
	}
	y.gone(t, d)
	if log, err := os.ReadFile(filepath.Join(p.Logs, "compose-up.log")); err != nil || !strings.Contains(string(log), "no space left") {
		t.Errorf("%s, %v", log, err)
	}
}

// A network that the engine keeps though nobody is in it is told, and fails nothing.
func TestComposingLeavesAHollowNetwork(t *testing.T) {
	a, y, e := composedShop(t, "touch $(dirname $0)/kept; exit 7\n") // before it has made a container
	p, d := y.place(t, "one")
	var told strings.Builder
	p.Env.Err = &told
	if _, err := a.start(t.Context(), e, p); err == nil || errors.Is(err, runner.ErrStuck) {
		t.Errorf("%v", err)
	}
	if left, err := journal.Left(d.Path(rundir.Journal)); err != nil || len(left) > 0 {
		t.Errorf("left in the journal: %v, %v", left, err)
	}
	if n := strings.Count(told.String(), "drillctl: warning: the engine keeps shop_default, in which nobody is"); n != 1 {
		t.Errorf("told %q", told.String())
	}
}

// The id of a service's image is that of what runs, else of what would; what
// registries call it is told beside it.
func TestComposedDigests(t *testing.T) {
	a, y, _ := composedShop(t, comesUp)
	digest := func() (string, []string) {
		t.Helper()
		members, err := a.Members(t.Context())
		if err != nil || len(members) < 2 {
			t.Fatal(len(members), err)
		}
		i := slices.IndexFunc(members[0].Settings, func(s runtimes.Setting) bool { return s.Path == "image.id" })
		return members[0].Settings[i].Value, members[0].Digests
	}
	if got, known := digest(); got != noImage || known != nil {
		t.Errorf("before it is pulled: %s, %s", got, known)
	}
	y.pulled = true
	if got, known := digest(); got != "sha256:pulled" || !slices.Equal(known, []string{"acme/x@sha256:d1", "shop/x@sha256:d2"}) {
		t.Errorf("when it is pulled: %s, %s", got, known)
	}
	if err := os.WriteFile(filepath.Join(y.dir, "up"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, known := digest(); got != "sha256:runs" || known != nil {
		t.Errorf("when it is up: %s, %s", got, known)
	}
}
