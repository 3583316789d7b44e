package docker

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/runtimes"
)

// inspected is what an engine says of a container.
const inspected = `{"Id":"c1","Name":"/gw-us","Image":"sha256:abc","State":{"Status":"running"},
"Config":{"Image":"shop/gw:2","Env":["TOKEN=planted","EMPTY"],"Cmd":["serve","--key=planted"],"User":"app","Labels":{"com.docker.compose.project.config_files":"/a/compose.yaml,/a/over.yaml"},
 "Healthcheck":{"Test":["CMD","curl","-u","me:planted","localhost"],"Interval":5000000000,"Timeout":1000000000,"Retries":3}},
"HostConfig":{"Memory":268435456,"NanoCpus":500000000,"PidsLimit":100,"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3},"Ulimits":[{"Name":"nofile","Soft":1024,"Hard":2048}],"NetworkMode":"shop"},
"Mounts":[{"Type":"bind","Destination":"/etc/gw.conf","RW":true},{"Type":"bind","Destination":"/etc/conf.d","RW":false},{"Type":"bind","Destination":"/data","RW":true},
 {"Type":"volume","Destination":"/var/lib","RW":true},{"Type":"bind","Destination":"/secret","RW":false}]}`

// fakeEngine answers as an engine does that has one container.
func fakeEngine(t *testing.T) *Engine {
	t.Helper()
	files := map[string]map[string]string{"/etc/gw.conf": {"gw.conf": "upstream a"}, "/etc/conf.d": {"conf.d/x.conf": "x", "conf.d/y.conf": "y"}, "/opt/own": {"own": "o"}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Api-Version", "1.47")
		at := r.URL.Query().Get("path")
		switch {
		case strings.HasSuffix(r.URL.Path, "/archive") && at == "/secret":
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"message":"not allowed"}`)
		case strings.HasSuffix(r.URL.Path, "/archive"):
			mode := os.FileMode(0o644)
			if at == "/data" || at == "/etc/conf.d" {
				mode |= os.ModeDir
			}
			stat, _ := json.Marshal(map[string]any{"name": at, "size": 10, "mode": mode})
			w.Header().Set("X-Docker-Container-Path-Stat", base64.StdEncoding.EncodeToString(stat))
			if r.Method == http.MethodGet {
				_, _ = w.Write(tarOf(files[at]))
			}
		case strings.HasSuffix(r.URL.Path, "/json"):
			fmt.Fprint(w, inspected)
		default:
			fmt.Fprint(w, `{"ApiVersion":"1.47","OSType":"linux"}`)
		}
	}))
	t.Cleanup(srv.Close)
	e, err := Connect(t.Context(), Where{Host: "tcp://" + strings.TrimPrefix(srv.URL, "http://"), AllowRemote: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func tarOf(files map[string]string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, text := range files {
		_ = w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(text)), Mode: 0o644})
		_, _ = w.Write([]byte(text))
	}
	_ = w.Close()
	return b.Bytes()
}

func TestSettings(t *testing.T) {
	list, err := fakeEngine(t).Settings(t.Context(), "c1", []string{"/opt/own"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]runtimes.Setting{}
	for _, s := range list {
		got[s.Path] = s
		if strings.Contains(s.Value, "planted") && !s.Secret {
			t.Errorf("%s is told: %s", s.Path, s.Value)
		}
	}
	for path, want := range map[string]string{
		"image": "shop/gw:2", "image.id": "sha256:abc", "env.TOKEN": "planted", "env.EMPTY": "", "user": "app", "health.interval": "5s", "health.retries": "3",
		"limits.memory": "268435456", "limits.nano-cpus": "500000000", "limits.pids": "100", "limits.ulimit.nofile": "1024:2048", "restart": "on-failure:3",
		"file /etc/gw.conf": "upstream a", "file /etc/conf.d/x.conf": "x", "file /etc/conf.d/y.conf": "y", "file /opt/own": "o",
	} {
		if s, ok := got[path]; !ok || s.Value != want {
			t.Errorf("%s is %q, want %q", path, s.Value, want)
		}
	}
	if s := got["file /secret"]; !strings.Contains(s.Unread, "403 Forbidden") {
		t.Errorf("what cannot be read: %+v", s)
	}
	for path := range got {
		if strings.HasPrefix(path, "file /data") || strings.HasPrefix(path, "file /var") {
			t.Errorf("%s is data, no configuration", path)
		}
	}
}

// What is too much to be configuration is not half of it.
func TestTooLargeIsNotRead(t *testing.T) {
	files := map[string]string{}
	for i := range maxConfigFiles + 1 {
		files[fmt.Sprint(i)] = "x"
	}
	for name, files := range map[string]map[string]string{"many": files, "large": {"a": strings.Repeat("x", maxConfigBytes+1)}} {
		if out, err := untar(bytes.NewReader(tarOf(files)), "/etc"); err == nil || out != nil {
			t.Errorf("%s: %d settings, %v", name, len(out), err)
		}
	}
	if _, err := untar(strings.NewReader("no archive, but long enough to be looked at as one"), "/"); err == nil {
		t.Error("no archive was read")
	}
}
