package dns

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/drillctl/drillctl/internal/enrolled"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/certs"
	"github.com/drillctl/drillctl/gateway/health"
)

// A gateway whose certificate clients refuse fails its checks; with the bug the
// certificate is of no concern, and without TLS there is none.
func TestChecksVerify(t *testing.T) {
	a, err := certs.NewAuthority("drill.test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s, err := certs.Open(certs.Config{Node: "a-gateway-1", Name: "api.drill.test", Lifetime: time.Hour, Dir: t.TempDir(), Roots: a.Roots()})
	enrolled.By(t, a, s, err)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.TLS, srv.Config.ErrorLog = s.TLS(), log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	plain := httptest.NewServer(srv.Config.Handler)
	defer plain.Close()
	trust := &certs.Trust{Name: "api.drill.test", Roots: a.Roots()}
	for _, tt := range []struct {
		serves, url string
		c           Config
		want        string
	}{
		{"", srv.URL, Config{TLS: trust}, ""},
		{certs.Expired, srv.URL, Config{TLS: trust}, "certificate expired"},
		{certs.WrongName, srv.URL, Config{TLS: trust}, "certificate of another name"},
		{certs.Expired, srv.URL, Config{TLS: trust, Bugs: []string{bug.HealthCheckSkipsTLS}}, ""},
		{"", plain.URL, Config{}, ""},
	} {
		s.Restore()
		if tt.serves != "" {
			if err := s.Serve(certs.Terms{Serves: tt.serves}); err != nil {
				t.Fatal(err)
			}
		}
		if got := health.Reason(tt.c.probe()(t.Context(), tt.url)); got != tt.want {
			t.Errorf("%q served to %+v: %q, want %q", tt.serves, tt.c.Bugs, got, tt.want)
		}
	}
}
