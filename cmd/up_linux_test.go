package cmd

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var tryLine = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)/orders`)

// The system alone can be used from outside, and Ctrl-C takes it down.
func TestGatewayUp(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d := newLiveDrill(t)
	stdout, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	d.start(stdout, "gateway", "up")
	d.said("Ctrl-C takes it down")

	out, err := os.ReadFile(stdout.Name())
	hit := tryLine.FindStringSubmatch(string(out))
	if hit == nil {
		t.Fatalf("no address: %v\n%s", err, out)
	}
	d.eventually(patience, "an order is stored", func() bool {
		res, err := http.Post("http://"+hit[1]+"/orders", "application/json", strings.NewReader(`{"id":"1","item":"tea"}`))
		if err != nil {
			return false // its store has no leader yet
		}
		defer res.Body.Close()
		return (res.StatusCode == http.StatusCreated || res.StatusCode == http.StatusOK) && res.Header.Get("X-Region") == "us-east"
	})
	http.DefaultClient.CloseIdleConnections()

	d.interrupt()
	if code := d.wait(); code != exitPassed {
		t.Errorf("exit %d", code)
	}
	d.gone()
	if left, err := filepath.Glob(filepath.Join(d.state, "up", "*", "data")); err != nil || len(left) > 0 {
		t.Errorf("data left: %v %v", left, err)
	}
	if left, err := os.ReadDir(d.tmp); err != nil || len(left) > 0 {
		t.Errorf("left in TMPDIR: %v %v", left, err)
	}
}
