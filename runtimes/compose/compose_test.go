package compose

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const shop = `services:
  web:
    image: ${WEB:-nginx}
    labels: {drillctl.region: fra, drillctl.role: gateway}
    deploy: {replicas: 2}
  db:
    image: postgres:15
    container_name: the-db
    labels: [drillctl.region=ams]
  tools:
    image: tools
    profiles: [debug]
`

// What is planned from the files is what Compose makes of them: names, labels,
// overrides, profiles.
func TestLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "My Shop")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "compose.yaml", shop)
	write(t, dir, "more.yaml", "services: {web: {labels: {drillctl.region: lon}}}\n")
	v1, v2 := tool([]string{"docker-compose"}, "1.29.2\n"), tool([]string{"docker", "compose"}, "v2.40.0\n")
	tests := []struct {
		source Source
		tool   Tool
		want   string
	}{
		{Source{Files: []string{"compose.yaml"}}, v2, "the-db=ams myshop-web-1=fra myshop-web-2=fra"},
		{Source{Files: []string{"compose.yaml"}, Project: "shop"}, v1, "the-db=ams shop_web_1=fra shop_web_2=fra"},
		{Source{Files: []string{"compose.yaml", "more.yaml"}, Project: "shop"}, v2, "the-db=ams shop-web-1=lon shop-web-2=lon"},
		{Source{Files: []string{"compose.yaml"}, Project: "shop", Profiles: []string{"debug"}}, v2, "the-db=ams shop-tools-1= shop-web-1=fra shop-web-2=fra"},
	}
	for _, tt := range tests {
		tt.source.Dir = dir
		a, err := Load(t.Context(), tt.source)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range a.Containers(tt.tool) {
			got = append(got, c.Name+"="+c.Labels["drillctl.region"])
			if c.Labels[LabelService] != c.Service || c.Labels[LabelProject] != a.Project {
				t.Errorf("%+v", c)
			}
		}
		if slices.Sort(got); strings.Join(got, " ") != sorted(tt.want) {
			t.Errorf("%+v: %v, want %s", tt.source, got, tt.want)
		}
	}
}

func sorted(words string) string {
	return strings.Join(slices.Sorted(slices.Values(strings.Fields(words))), " ")
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "bad.yaml", "services: {web: {imago: x}}\n")
	write(t, dir, "none.yaml", "services: {web: {image: x, profiles: [never]}}\n")
	write(t, dir, "asks.yaml", "services: {web: {image: \"${IMAGE:?which}\"}}\n")
	for file, want := range map[string]string{"bad.yaml": "imago", "none.yaml": "no services", "asks.yaml": "IMAGE", "absent.yaml": "absent.yaml"} {
		_, err := Load(t.Context(), Source{Dir: dir, Files: []string{file}, Project: "p"})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
	if a, err := Load(t.Context(), Source{Dir: dir, Files: []string{"asks.yaml"}, Project: "p", Environ: []string{"IMAGE=x"}}); err != nil || a.Project != "p" {
		t.Errorf("%+v, %v", a, err)
	}
}

// The plugin is preferred, an old command is known by its version, and what a
// command says when it fails is told.
func TestTool(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin+":/bin:/usr/bin")
	fake := func(name, script string) {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	fake("docker", "echo unknown command; exit 1")
	fake("docker-compose", `[ "$1" = version ] && echo 1.29.2 && exit; echo "$@"; echo out of luck >&2; exit 3`)
	old, err := FindTool(t.Context(), os.Environ())
	if err != nil || old.String() != "docker-compose 1.29.2" || old.Separator != "_" {
		t.Errorf("%+v, %v", old, err)
	}
	_, err = old.Up(t.Context(), App{Project: "shop", Files: []string{"/a.yaml", "/b.yaml"}, Profiles: []string{"x"}}, os.Environ())
	for _, want := range []string{"exit status 3", "--project-name shop --file /a.yaml --file /b.yaml --profile x up --detach", "out of luck"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	fake("docker", "echo 2.40.1")
	if now, err := FindTool(t.Context(), os.Environ()); err != nil || now.String() != "docker compose 2.40.1" || now.Separator != "-" {
		t.Errorf("%+v, %v", now, err)
	}
	fake("docker", "exit 1")
	fake("docker-compose", "exit 1")
	if _, err := FindTool(t.Context(), os.Environ()); err == nil || !strings.Contains(err.Error(), "no compose command") {
		t.Errorf("%v", err)
	}
}
