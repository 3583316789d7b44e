package docker_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// Engines that may be somebody else's are refused before anything is asked.
func TestRefusesRemote(t *testing.T) {
	for host, hint := range map[string]string{
		"tcp://192.0.2.1:2375": "--allow-remote",
		"ssh://somewhere":      "run drillctl on that machine",
		"somewhere":            "is no address",
		"192.0.2.1:2375":       "is no address",
	} {
		_, err := docker.Connect(t.Context(), docker.Where{Host: host})
		if !errors.Is(err, runtimes.ErrUnsupported) || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: %v, want a refusal with %q", host, err, hint)
		}
	}
	if _, err := docker.Connect(t.Context(), docker.Where{Host: "ssh://somewhere", AllowRemote: true}); !errors.Is(err, runtimes.ErrUnsupported) {
		t.Errorf("ssh with --allow-remote: %v", err)
	}
}

// An engine that is silent is not waited for without end.
func TestSilentEngine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = docker.Connect(t.Context(), docker.Where{Host: "tcp://" + l.Addr().String(), Patience: 50 * time.Millisecond})
	if !errors.Is(err, runtimes.ErrUnsupported) || !strings.Contains(err.Error(), "did not answer within 50ms") {
		t.Errorf("%v", err)
	}
}

// The current context counts as it does for the docker command.
func TestContext(t *testing.T) {
	dir := t.TempDir()
	sum := sha256.Sum256([]byte("far"))
	meta := filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]))
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(meta, "meta.json"), `{"Name":"far","Endpoints":{"docker":{"Host":"tcp://192.0.2.7:2376"}}}`)
	write(filepath.Join(dir, "config.json"), `{"currentContext":"far"}`)
	for _, w := range []docker.Where{{ConfigDir: dir}, {ConfigDir: dir, Context: "far"}} {
		if _, err := docker.Connect(t.Context(), w); err == nil || !strings.Contains(err.Error(), "192.0.2.7") {
			t.Errorf("%+v: %v, want a refusal of the context's engine", w, err)
		}
	}
	if _, err := docker.Connect(t.Context(), docker.Where{ConfigDir: dir, Context: "near"}); err == nil || !strings.Contains(err.Error(), "docker context ls") {
		t.Errorf("an unknown context: %v", err)
	}
}
