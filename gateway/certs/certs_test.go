package certs

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/internal/enrolled"
)

const lifetime = 90 * 24 * time.Hour

func config(t *testing.T, a *Authority) Config {
	t.Helper()
	return Config{Port: 443, Node: "a-gateway-1", Name: "api.drill.test", Lifetime: lifetime, Dir: filepath.Join(t.TempDir(), "tls"), Roots: a.Roots()}
}

func newAuthority(t *testing.T) *Authority {
	t.Helper()
	a, err := NewAuthority("drill.test", lifetime)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// open is a server whose issuer the authority has signed.
func open(t *testing.T, a *Authority, c Config) *Server {
	t.Helper()
	s, err := Open(c)
	return enrolled.By(t, a, s, err)
}

// listen answers handshakes on loopback until the test ends.
func listen(t *testing.T, c *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); _, _ = io.Copy(io.Discard, conn) }()
		}
	}()
	return l.Addr().String()
}

// shake is one handshake; it returns what the server showed.
func shake(addr string, c *tls.Config) (*x509.Certificate, error) {
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", addr, c)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// Who verifies takes what is valid, however long, and refuses all else for the
// right reason; who is blind takes everything.
func TestHandshakes(t *testing.T) {
	a := newAuthority(t)
	s := open(t, a, config(t, a))
	addr := listen(t, s.TLS())
	trust := Trust{Name: "api.drill.test", Roots: a.Roots()}
	for _, tt := range []struct {
		terms Terms
		why   string
		ends  time.Duration // from now on
	}{
		{Terms{Serves: Valid}, "", lifetime},
		{Terms{Serves: Expired}, "certificate expired", -time.Minute},
		{Terms{Serves: Expiring, Left: time.Hour}, "", time.Hour},
		{Terms{Serves: NotYetValid}, "certificate not valid yet", time.Hour + lifetime},
		{Terms{Serves: WrongName}, "certificate of another name", lifetime},
		{Terms{Serves: Untrusted}, "certificate of an unknown authority", lifetime},
	} {
		t.Run(tt.terms.Serves, func(t *testing.T) {
			if tt.terms.Serves == Valid {
				s.Restore()
			} else if err := s.Serve(tt.terms); err != nil {
				t.Fatal(err)
			}
			_, err := shake(addr, trust.TLS(false))
			if got := Reason(err); got != tt.why || (err == nil) != (tt.why == "") {
				t.Errorf("%q (%v), want %q", got, err, tt.why)
			}
			leaf, err := shake(addr, trust.TLS(true))
			if err != nil {
				t.Fatalf("the blind see: %v", err)
			}
			if off := time.Until(leaf.NotAfter) - tt.ends; off.Abs() > 10*time.Second {
				t.Errorf("it ends in %v, want %v", time.Until(leaf.NotAfter), tt.ends)
			}
			now, err := s.State()
			if err != nil || now.Serves != tt.terms.Serves || !now.NotAfter.Equal(leaf.NotAfter) || now.Names[0] != leaf.DNSNames[0] {
				t.Errorf("it says %+v of itself (%v), and shows %v until %v", now, err, leaf.DNSNames, leaf.NotAfter)
			}
		})
	}
	if _, err := shake(addr, Trust{Name: "api.drill.test", Roots: newAuthority(t).Roots()}.TLS(false)); Reason(err) != "certificate of an unknown authority" {
		t.Errorf("who trusts another authority: %v", err)
	}
	if Reason(io.EOF) != "" || Reason(x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.NotAuthorizedToSign}) != "certificate invalid" {
		t.Error("other errors")
	}
}

// An issuer may not vouch for names outside of the system.
func TestIssuersAreBound(t *testing.T) {
	a := newAuthority(t)
	s := open(t, a, config(t, a))
	s.issuer.Name = "bank.example.com"
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	_, err := shake(listen(t, s.TLS()), Trust{Name: "bank.example.com", Roots: a.Roots()}.TLS(false))
	if Reason(err) == "" { // in which words depends on the version of Go
		t.Errorf("%v", err)
	}
}

// Until it is signed there is no handshake; the issuer outlives a restart, and only
// its owner may read its key.
func TestEnrollment(t *testing.T) {
	a := newAuthority(t)
	c := config(t, a)
	unsigned, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shake(listen(t, unsigned.TLS()), &tls.Config{InsecureSkipVerify: true}); err == nil {
		t.Error("a handshake without a certificate")
	}
	if err := unsigned.Serve(Terms{Serves: Expired}); !errors.Is(err, ErrUnsigned) {
		t.Errorf("%v", err)
	}
	first := open(t, a, c)
	again, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shake(listen(t, again.TLS()), Trust{Name: c.Name, Roots: a.Roots()}.TLS(false)); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if !first.issuer.key.Equal(again.issuer.key) {
		t.Error("the restart made another key")
	}
	for _, f := range []string{keyFile, certFile} {
		if st, err := os.Stat(filepath.Join(c.Dir, f)); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, st, err)
		}
	}
	other := c
	other.Roots = newAuthority(t).Roots()
	if _, err := Open(other); err == nil {
		t.Error("a certificate of another authority was taken")
	}
	if err := os.WriteFile(filepath.Join(c.Dir, keyFile), []byte("-----"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(c); err == nil {
		t.Error("half a key was taken")
	}
}

func TestWhatIsRefused(t *testing.T) {
	a := newAuthority(t)
	s, stranger := open(t, a, config(t, a)), open(t, a, config(t, a))
	request, err := stranger.Request()
	if err != nil {
		t.Fatal(err)
	}
	ofOther, err := a.Sign(request)
	if err != nil {
		t.Fatal(err)
	}
	for name, signed := range map[string][]byte{"nothing": nil, "no certificate": request, "of another key": ofOther} {
		if err := s.Enroll(signed); err == nil {
			t.Errorf("%s was taken as its certificate", name)
		}
	}
	for name, request := range map[string][]byte{"nothing": nil, "a certificate": ofOther, "garbage": encode(blockRequest, []byte{1})} {
		if _, err := a.Sign(request); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
	for _, terms := range []Terms{{}, {Serves: Valid}, {Serves: "rotten"}, {Serves: Expiring}} {
		if err := s.Serve(terms); err == nil {
			t.Errorf("%+v is served", terms)
		}
	}
}

// What operators can ask for. No answer holds a private key.
func TestDoor(t *testing.T) {
	a := newAuthority(t)
	s, err := Open(config(t, a))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.Routes(mux)
	ask := func(method, path, body string) (int, string) {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
		if strings.Contains(w.Body.String(), blockKey) {
			t.Errorf("%s %s gives a key away", method, path)
		}
		return w.Code, w.Body.String()
	}
	if code, _ := ask("GET", "/admin/certificate", ""); code != http.StatusServiceUnavailable {
		t.Errorf("unsigned: %d", code)
	}
	_, request := ask("GET", "/admin/issuer", "")
	signed, err := a.Sign([]byte(request))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, path, body string
		code               int
		serves             string
	}{
		{"POST", "/admin/issuer", request, 400, ""},
		{"POST", "/admin/issuer", string(signed), 200, Valid},
		{"POST", "/admin/certificate", `{"serves":"expiring","left_ns":60000000000}`, 200, Expiring},
		{"POST", "/admin/certificate", `{"serves":"no such"}`, 400, ""},
		{"POST", "/admin/certificate", `{`, 400, ""},
		{"GET", "/admin/certificate", "", 200, Expiring},
		{"DELETE", "/admin/certificate", "", 200, Valid},
		{"DELETE", "/admin/certificate", "", 200, Valid},
	} {
		code, body := ask(tt.method, tt.path, tt.body)
		var got State
		if err := json.Unmarshal([]byte(body), &got); err != nil || code != tt.code || got.Serves != tt.serves {
			t.Errorf("%s %s %s: %d %s (%v)", tt.method, tt.path, tt.body, code, body, err)
		}
	}
}
