package cmd

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
)

// up raises a system and returns what stands in the line that is printed for curl.
func up(t *testing.T, line *regexp.Regexp, flags ...string) (*liveDrill, []string) {
	t.Helper()
	d := newLiveDrill(t)
	stdout, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	d.start(stdout, append([]string{"gateway", "up"}, flags...)...)
	d.said("Ctrl-C takes it down")
	out, err := os.ReadFile(stdout.Name())
	hit := line.FindStringSubmatch(string(out))
	if hit == nil {
		t.Fatalf("no line for curl: %v\n%s", err, out)
	}
	return d, hit
}

var secureLine = regexp.MustCompile(`--cacert (\S+) --connect-to api\.drill\.test:443:(127\.0\.0\.1:\d+) (https://api\.drill\.test/orders)`)

// With --tls the line that is printed for curl works: by the entry's name, and
// trusting the file and nobody else.
func TestGatewayUpTLS(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d, hit := up(t, secureLine, "--tls")
	roots, err := os.ReadFile(hit[1])
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	if !trust.AppendCertsFromPEM(roots) || strings.Contains(string(roots), "KEY") {
		t.Fatalf("%s", roots)
	}
	client := func(c *tls.Config) *http.Client {
		return &http.Client{Transport: &http.Transport{TLSClientConfig: c, DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, hit[2])
		}}}
	}
	d.eventually(patience, "an order is stored", func() bool {
		res, err := client(&tls.Config{RootCAs: trust}).Post(hit[3], "application/json", strings.NewReader(`{"id":"1","item":"tea"}`))
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return (res.StatusCode == http.StatusCreated || res.StatusCode == http.StatusOK) && res.Header.Get("X-Region") == "us-east"
	})
	if res, err := client(&tls.Config{RootCAs: x509.NewCertPool()}).Get(hit[3]); err == nil {
		res.Body.Close()
		t.Error("who trusts nobody was served")
	}
	keys, err := filepath.Glob(filepath.Join(d.state, "up", "*", "data", "*", "tls", "*"))
	if err != nil || len(keys) != 12 {
		t.Errorf("issuers are kept in %v, %v", keys, err)
	}
	for _, k := range keys {
		if st, err := os.Stat(k); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", k, st, err)
		}
	}
	d.interrupt()
	if code := d.wait(); code != exit.Passed {
		t.Errorf("exit %d", code)
	}
	d.gone()
}

var tokenLine = regexp.MustCompile(`"Authorization: Bearer \$\(drillctl gateway token (http://127\.0\.0\.1:\d+)\)" .* (http://127\.0\.0\.1:\d+/orders)`)

// With --tokens the line that is printed for curl works, and without a token nobody
// is served.
func TestGatewayUpTokens(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	d, hit := up(t, tokenLine, "--tokens")
	post := func(more ...string) int {
		code, token := d.exit(append([]string{"gateway", "token", hit[1]}, more...)...)
		if code != exit.Passed {
			t.Fatalf("exit %d: %s", code, token)
		}
		req, err := http.NewRequest(http.MethodPost, hit[2], strings.NewReader(`{"id":"1","item":"tea"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	d.eventually(patience, "an order is stored", func() bool { code := post(); return code == http.StatusCreated || code == http.StatusOK })
	if code := post("--audience", "somebody else"); code != http.StatusUnauthorized {
		t.Errorf("with a token for somebody else: %d", code)
	}
	if res, err := http.Get(hit[2]); err != nil || res.Body.Close() != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %v, %v", res, err)
	}
	http.DefaultClient.CloseIdleConnections()
	d.interrupt()
	if code := d.wait(); code != exit.Passed {
		t.Errorf("exit %d", code)
	}
	d.gone()
}

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
	if code := d.wait(); code != exit.Passed {
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
