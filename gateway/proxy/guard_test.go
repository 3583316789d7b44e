package proxy

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/issuer"
	"github.com/drillctl/drillctl/gateway/tokens"
)

// guarded is a gateway whose clients have to show tokens of an issuer.
func guarded(t *testing.T, bugs ...string) (o *origin, srv, from *httptest.Server, token string) {
	t.Helper()
	mux := http.NewServeMux()
	from = httptest.NewServer(mux)
	t.Cleanup(from.Close)
	h, err := issuer.Handler(issuer.Config{Name: "i", URL: from.URL, Dir: t.TempDir(), Lifetime: time.Minute, Refresh: time.Second}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", h)
	res, body := do(t, "POST", from.URL+"/token?audience=here", "")
	var a struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	o = newOrigin(t, ok)
	c := Config{Bugs: bugs, Upstreams: []Upstream{o.upstream("a", 0)}, Tokens: &tokens.Config{Issuer: from.URL, Audience: "here", Refresh: time.Second, Keep: time.Minute}}
	g, srv := front(t, c)
	g.guard(tokens.New(*c.withBugs().Tokens, func(tokens.Notice) {}))
	return o, srv, from, a.Token
}

func with(t *testing.T, url, authorization string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res
}

// Requests with a good token reach an API, others are told what is wrong and reach
// none; what a gateway answers of itself needs no token.
func TestGuard(t *testing.T) {
	o, srv, from, token := guarded(t)
	if res := with(t, srv.URL+"/readyz", ""); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("ready without keys: %d", res.StatusCode)
	}
	if res := with(t, srv.URL+"/orders", "Bearer "+token); res.StatusCode != http.StatusOK || res.Header.Get("X-Region") != "us-east" {
		t.Errorf("good: %d %v", res.StatusCode, res.Header)
	}
	hits := o.hits.Load()
	for _, tt := range []struct{ authorization, challenge string }{
		{"", `Bearer realm="here"`}, {"Bearer " + token + "x", "invalid_token"}, {"Bearer nonsense", "invalid_token"},
	} {
		res := with(t, srv.URL+"/orders", tt.authorization)
		if res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.Header.Get("WWW-Authenticate"), tt.challenge) || res.Header.Get("X-Instance") == "" {
			t.Errorf("%q: %d %v", tt.authorization, res.StatusCode, res.Header)
		}
	}
	if n := o.hits.Load() - hits; n != 0 {
		t.Errorf("%d bad requests reached an API", n)
	}
	if res := with(t, srv.URL+"/readyz", ""); res.StatusCode != http.StatusOK {
		t.Errorf("not ready with keys: %d", res.StatusCode)
	}
	if _, page := do(t, "GET", srv.URL+"/metrics", ""); !strings.Contains(page, `gateway_tokens_total{result="accepted"} 1`) || !strings.Contains(page, `gateway_tokens_total{result="absent"} 1`) {
		t.Errorf("metrics without tokens:\n%s", page)
	}
	from.Close()
	if res := with(t, srv.URL+"/orders", "Bearer "+token); res.StatusCode != http.StatusOK {
		t.Errorf("without the issuer: %d", res.StatusCode)
	}
}

// A gateway that cannot tell lets nobody in, and does not blame the token.
func TestGuardWithoutKeys(t *testing.T) {
	o, srv, from, token := guarded(t, bug.NoKeyCache)
	if res := with(t, srv.URL+"/orders", "Bearer "+token); res.StatusCode != http.StatusOK {
		t.Errorf("with the issuer: %d", res.StatusCode)
	}
	hits := o.hits.Load()
	from.Close()
	if res := with(t, srv.URL+"/orders", "Bearer "+token); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || o.hits.Load() != hits {
		t.Errorf("without the issuer: %d %v", res.StatusCode, res.Header)
	}
}
