package faults

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/internal/enrolled"

	"github.com/drillctl/drillctl/gateway/certs"
	"github.com/drillctl/drillctl/runtimes"
)

// A shop is a gateway with TLS: the door of its operators, and HTTPS beside it.
type shop struct {
	*certs.Server
	nearby
	door, tls *httptest.Server
}

func newShop(t *testing.T) *shop {
	t.Helper()
	a, err := certs.NewAuthority("drill.test", 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{tls: httptest.NewUnstartedServer(http.NotFoundHandler())}
	port := s.tls.Listener.Addr().(*net.TCPAddr).Port
	s.Server, err = certs.Open(certs.Config{Port: uint16(port), Node: "a-gateway-1", Name: "api.drill.test", Lifetime: 24 * time.Hour, Dir: filepath.Join(t.TempDir(), "tls"), Roots: a.Roots()})
	enrolled.By(t, a, s.Server, err)
	mux := http.NewServeMux()
	s.Routes(mux)
	s.door = httptest.NewServer(mux)
	t.Cleanup(s.door.Close)
	s.tls.TLS = s.Server.TLS()
	s.tls.StartTLS()
	t.Cleanup(s.tls.Close)
	return s
}

// Ref implements runtimes.Instance.
func (s *shop) Ref() runtimes.Ref { return runtimes.Ref{ID: "a-gateway-1"} }

// Node implements runtimes.Instance.
func (s *shop) Node() runtimes.Node {
	return runtimes.Node{Name: "a-gateway-1", Role: gatewayRole, Ready: s.door.URL + "/healthz"}
}

// Every certificate is proved in force and gone by a handshake, and taken back also
// by what is left of the fault in the journal.
func TestCertificate(t *testing.T) {
	for _, serves := range []string{certExpired, certExpiring, certNotYetValid, certWrongName, certUntrusted} {
		t.Run(serves, func(t *testing.T) {
			s, f := newShop(t), &Certificate{Serves: serves, Left: time.Hour}
			if err := certificate.Fits(s); err != nil {
				t.Fatal(err)
			}
			a, err := f.Arm(t.Context(), []Target{{Instance: s}})
			if err != nil {
				t.Fatal(err)
			}
			showing(t, a, false, true)
			showing(t, a, true, false)
			if at, err := a.Fire(t.Context()); err != nil || at["a-gateway-1"] == 0 {
				t.Fatal(at, err)
			}
			showing(t, a, true, true)
			showing(t, a, false, false)
			if _, err := f.Arm(t.Context(), []Target{{Instance: s}}); err == nil {
				t.Error("armed over another certificate")
			}
			text, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			left := &Certificate{}
			if err := json.Unmarshal(text, left); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := left.Undo(t.Context(), s); err != nil {
					t.Error(err)
				}
			}
			showing(t, a, false, true)
			if _, err := a.Revert(t.Context()); err != nil || a.Close() != nil {
				t.Error(err)
			}
		})
	}
}

// What the gateway says is not believed without the handshake.
func TestCertificateIsSeen(t *testing.T) {
	s, f := newShop(t), &Certificate{Serves: certExpired, Left: time.Hour}
	a, err := f.Arm(t.Context(), []Target{{Instance: s}})
	if err != nil {
		t.Fatal(err)
	}
	other := newShop(t)
	s.tls.Close()
	if _, err := a.Fire(t.Context()); err != nil {
		t.Fatal(err)
	}
	es, err := a.Verify(t.Context(), true)
	if err != nil || len(es) != 2 || !es[0].OK || es[1].OK || !strings.Contains(es[1].Text, "no handshake") {
		t.Errorf("%+v, %v", es, err)
	}
	if err := other.Serve(certs.Terms{Serves: certExpiring, Left: time.Hour}); err != nil {
		t.Fatal(err)
	}
	now, err := servedBy(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	for _, serves := range []string{certExpired, certWrongName, certUntrusted, certNotYetValid} {
		if e := (&Certificate{Serves: serves}).meet(t.Context(), other, now, true); e.OK {
			t.Errorf("one that is expiring counts as %s: %+v", serves, e)
		}
	}
	now.Serial = "1"
	if e := (&Certificate{Serves: certExpiring, Left: time.Hour}).meet(t.Context(), other, now, true); e.OK {
		t.Errorf("another certificate than it says: %+v", e)
	}
}

func TestCertificateRefuses(t *testing.T) {
	plain := newShop(t)
	plain.door = httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.door.Close)
	if _, err := (&Certificate{Serves: certExpired}).Arm(t.Context(), []Target{{Instance: plain}}); err == nil || !strings.Contains(err.Error(), "serves plain HTTP") {
		t.Errorf("%v", err)
	}
	if err := (&Certificate{}).Undo(t.Context(), plain); err != nil {
		t.Errorf("undo where there are no certificates: %v", err)
	}
	r := newReleaser(t)
	if err := certificate.Fits(r); !errors.Is(err, runtimes.ErrUnsupported) {
		t.Errorf("%v", err)
	}
	if _, err := (&Certificate{}).Arm(t.Context(), nil); !errors.Is(err, runtimes.ErrNoInstance) {
		t.Errorf("%v", err)
	}
	p := (&Certificate{Serves: "rotten", Left: time.Second}).Check()
	if p["serves"] == "" || p["left"] == "" {
		t.Errorf("%v", p)
	}
}
