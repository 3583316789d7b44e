package load_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/issuer"
	"github.com/drillctl/drillctl/gateway/tokens"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runner/load/bearer"
)

// fenced is the oracle behind somebody who wants tokens of a real issuer; open lets
// everybody in.
func fenced(t *testing.T, open bool) (url string, c *bearer.Config) {
	t.Helper()
	mux := http.NewServeMux()
	from := httptest.NewServer(mux)
	t.Cleanup(from.Close)
	h, err := issuer.Handler(issuer.Config{Name: "i", URL: from.URL, Dir: t.TempDir(), Lifetime: time.Minute, Refresh: time.Second}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", h)
	v := tokens.New(tokens.Config{Issuer: from.URL, Audience: "here", Refresh: time.Second, Keep: time.Hour}, func(tokens.Notice) {})
	behind := httputil.NewSingleHostReverseProxy(parsed(t, oracleServer(t).URL()))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := v.Check(r.Context(), r.Header); err != nil && !open {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		behind.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, &bearer.Config{Issuer: from.URL, Audience: "here"}
}

func parsed(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Clients pass with their tokens, the final read too, and intruders try one forgery
// after the other on a grid of their own: refused, or let in where nobody looks.
func TestIntruders(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{false, true} {
		base, c := fenced(t, open)
		l, tape := start(t, load.Config{URL: base, ReadRate: 40, WriteRate: 20, IntruderRate: 40, Tokens: c, Seed: 5})
		time.Sleep(700 * ms)
		stats := stop(t, l)
		if err := stats.Check(); err != nil || stats.Routes["intruder"].Sent < 10 {
			t.Errorf("%+v: %v", stats, err)
		}
		for _, route := range []drill.Route{drill.Read, drill.Write} {
			for _, s := range bySlot(tape.All(), route) {
				if s.Class != drill.OK {
					t.Errorf("%s with a good token: %+v", route, s)
				}
			}
		}
		tried := map[drill.Forgery]int{}
		want := drill.OK
		if open {
			want = drill.LetIn
		}
		for _, s := range bySlot(tape.All(), drill.Intruder) {
			tried[drill.Forgery(s.ID)]++
			if s.Class != want || s.Ack != drill.NoWrite || s.Status == 0 {
				t.Errorf("open %v: %+v", open, s)
			}
		}
		if len(tried) != len(drill.Forgeries())-1 || tried[drill.Expired] != 0 { // which takes seconds
			t.Errorf("tried %v", tried)
		}
		finals, err := l.FinalRead(t.Context(), "settled")
		if err != nil || len(finals) != 1 || finals[0].Err != "" || !finals[0].Stable {
			t.Errorf("%+v, %v", finals, err)
		}
	}
}

func TestIntrudersNeedTokens(t *testing.T) {
	if err := (load.Config{URL: "http://a", ReadRate: 1, IntruderRate: 1, Timeout: time.Second, Profile: load.Pooled}).Check(); err == nil {
		t.Error("there is nothing to forge")
	}
}
