package proxy

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/certs"
)

// A secure gateway serves HTTPS; url is where it is operated.
type secure struct {
	*running
	trust certs.Trust
	https string
}

func startSecure(t *testing.T, c Config) *secure {
	t.Helper()
	a, err := certs.NewAuthority("drill.test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	at := nowhere(t, "", 0).Addr
	c.TLS = &certs.Config{Port: at.Port(), Node: "us-east-gateway-1", Name: "api.drill.test", Lifetime: time.Hour, Dir: t.TempDir(), Roots: a.Roots()}
	s := &secure{running: start(t, c), trust: certs.Trust{Name: "api.drill.test", Roots: a.Roots()}, https: "https://" + at.String()}
	signed, err := a.Sign([]byte(get(s.url + "/admin/issuer")))
	if err != nil {
		t.Fatal(err)
	}
	s.operate(t, http.MethodPost, "/admin/issuer", string(signed))
	return s
}

func (s *secure) operate(t *testing.T, method, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s: %s %v", method, path, res.Status, text, err)
	}
	return string(text)
}

// client trusts the authority; fresh ones shake hands for every request.
func (s *secure) client(t *testing.T, fresh bool) *http.Client {
	tr := &http.Transport{TLSClientConfig: s.trust.TLS(false), DisableKeepAlives: fresh}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 5 * time.Second}
}

func fetch(ctx context.Context, c *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

func hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, "done ", r.Header.Get("X-Forwarded-Proto"))
}

// Certificates are swapped again and again under load, and no request fails:
// neither on kept connections nor on new ones.
func TestSwapUnderLoad(t *testing.T) {
	o := newOrigin(t, hello)
	s := startSecure(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Health: quick(), KeepAlive: -1})
	ctx, cancel := context.WithCancel(t.Context())
	var served atomic.Int64
	var clients sync.WaitGroup
	for i := range 4 {
		c := s.client(t, i%2 == 0)
		clients.Go(func() {
			for ctx.Err() == nil {
				if got, err := fetch(t.Context(), c, s.https+"/orders"); err != nil || got != "done https" {
					t.Errorf("%q, %v", got, err)
					return
				}
				served.Add(1)
			}
		})
	}
	for i := range 20 {
		s.operate(t, http.MethodPost, "/admin/certificate", `{"serves":"expiring","left_ns":600000000000}`)
		if i%2 == 0 {
			s.operate(t, http.MethodDelete, "/admin/certificate", "")
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	clients.Wait()
	if served.Load() < 20 {
		t.Errorf("only %d requests", served.Load())
	}
}

// An expired certificate meets those who connect anew, and nobody else; failed
// handshakes and the end of the certificate are in the metrics.
func TestOpenConnectionsStay(t *testing.T) {
	o := newOrigin(t, hello)
	s := startSecure(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Health: quick(), KeepAlive: -1})
	kept := s.client(t, false)
	if got, err := fetch(t.Context(), kept, s.https+"/orders"); err != nil {
		t.Fatal(got, err)
	}
	s.operate(t, http.MethodPost, "/admin/certificate", `{"serves":"expired"}`)
	if got, err := fetch(t.Context(), kept, s.https+"/orders"); err != nil || got != "done https" {
		t.Errorf("on an open connection: %q, %v", got, err)
	}
	_, err := fetch(t.Context(), s.client(t, true), s.https+"/orders")
	if certs.Reason(err) != "certificate expired" {
		t.Errorf("on a new one: %v", err)
	}
	s.saysMetric(t, "gateway_tls_handshake_errors_total 1")
	if got := get(s.url + "/metrics"); !strings.Contains(got, "gateway_tls_certificate_expiry_timestamp_seconds ") {
		t.Error(got)
	}
	s.operate(t, http.MethodDelete, "/admin/certificate", "")
	if got, err := fetch(t.Context(), s.client(t, true), s.https+"/orders"); err != nil || got != "done https" {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}

// saysMetric waits for a line: the server hears of a refused handshake after the
// client has known.
func (s *secure) saysMetric(t *testing.T, line string) {
	t.Helper()
	last := ""
	for began := time.Now(); time.Since(began) < 5*time.Second; time.Sleep(5 * time.Millisecond) {
		if last = get(s.url + "/metrics"); strings.Contains(last, line) {
			return
		}
	}
	t.Errorf("no %q in\n%s", line, last)
}

// The port without TLS has the gateway's own pages; clients are sent to HTTPS.
func TestOperationsAreApart(t *testing.T) {
	o := newOrigin(t, hello)
	s := startSecure(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Health: quick()})
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/admin/upstreams"} {
		s.await(t, path, http.StatusOK)
	}
	before := o.hits.Load()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(s.url + "/orders/1?x=y")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusPermanentRedirect || got != s.https+"/orders/1?x=y" {
		t.Errorf("%s to %s", res.Status, got)
	}
	for _, path := range []string{"/admin/issuer", "/admin/certificate"} {
		if got, err := fetch(t.Context(), s.client(t, true), s.https+path); err != nil || !strings.HasPrefix(got, "done") {
			t.Errorf("clients have %s: %q %v", path, got, err)
		}
	}
	if n := o.hits.Load() - before; n < 2 {
		t.Errorf("%d requests went on", n)
	}
	old := &tls.Config{MaxVersion: tls.VersionTLS11, InsecureSkipVerify: true}
	if conn, err := tls.Dial("tcp", strings.TrimPrefix(s.https, "https://"), old); err == nil {
		conn.Close()
		t.Error("TLS 1.1 is taken")
	}
}

// A gateway that is told to stop drains its clients' server and ends both.
func TestSecureDrain(t *testing.T) {
	o := newOrigin(t, hello)
	s := startSecure(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Health: quick(), Drain: 100 * time.Millisecond})
	s.stop()
	if got, err := fetch(t.Context(), s.client(t, true), s.https+"/orders"); err != nil || got != "done https" {
		t.Errorf("while it drains: %q, %v", got, err)
	}
	select {
	case err := <-s.done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not stop")
	}
}
