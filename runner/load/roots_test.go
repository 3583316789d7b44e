package load_test

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load"
)

// With https the load and the final read trust the roots that they are given, and
// no others: then every request is of the class tls, and no write had an effect.
func TestRoots(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusCreated)
		case strings.HasSuffix(r.URL.Path, "/ids"):
			io.WriteString(w, `{"ids":[]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	own := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	for _, tt := range []struct {
		roots   string
		trusted bool
	}{{own, true}, {"", false}} {
		l, tape := start(t, load.Config{URL: srv.URL, Roots: tt.roots, ReadRate: 50, WriteRate: 50, Profile: load.Fresh, Seed: 1})
		time.Sleep(200 * ms)
		stop(t, l)
		if len(tape.All()) < 5 {
			t.Fatalf("%d samples", len(tape.All()))
		}
		for _, s := range tape.All() {
			switch {
			case tt.trusted && (s.Class == drill.TLS || s.Status == 0):
				t.Errorf("trusted: %+v", s)
			case !tt.trusted && (s.Class != drill.TLS || s.Route == drill.Write && s.Ack != drill.Rejected):
				t.Errorf("not trusted: %+v", s)
			}
		}
		if !tt.trusted {
			continue // nothing would ever agree
		}
		if reads, err := l.FinalRead(t.Context(), "settled"); err != nil || len(reads) != 1 || reads[0].Err != "" || !reads[0].Stable {
			t.Errorf("final read: %+v, %v", reads, err)
		}
	}
	bad := load.Config{URL: "https://a", ReadRate: 1, Timeout: time.Second, Profile: load.Fresh, Roots: "nonsense"}
	if err := bad.Check(); err == nil || !strings.Contains(err.Error(), "roots") {
		t.Errorf("%v", err)
	}
}
