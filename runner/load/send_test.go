package load_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load"
)

// What has to be sent is sent with every read and write, and with the final reads.
func TestEveryRequestHasTheHeaders(t *testing.T) {
	t.Parallel()
	srv := oracleServer(t)
	behind, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(behind)
	var without, with atomic.Int64
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-API-Key") != "k" || r.Header.Get("User-Agent") != "drillctl" && r.URL.Path != "/orders/ids" {
			without.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		with.Add(1)
		pass.ServeHTTP(w, r)
	}))
	defer gate.Close()
	l, tape := start(t, load.Config{URL: gate.URL, ReadRate: 50, WriteRate: 50, Seed: 7, Send: map[string]string{"X-API-Key": "k"}})
	time.Sleep(400 * ms)
	stop(t, l)
	for _, s := range tape.All() {
		if s.Class != drill.OK {
			t.Errorf("%+v", s)
		}
	}
	finals, err := l.FinalRead(t.Context(), "settled")
	if err != nil || len(finals) != 1 || finals[0].Err != "" {
		t.Errorf("%+v, %v", finals, err)
	}
	if without.Load() != 0 || with.Load() < 20 {
		t.Errorf("%d requests with the header, %d without", with.Load(), without.Load())
	}
}
