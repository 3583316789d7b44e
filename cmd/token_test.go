package cmd

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway"
)

// What an issuer says is printed, or why there is no token.
func TestTokenOf(t *testing.T) {
	t.Parallel()
	var asked string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asked = r.FormValue("audience") + " " + r.FormValue("expires_in"); {
		case r.Method != http.MethodPost || r.URL.Path != "/token":
			http.NotFound(w, r)
		case r.FormValue("audience") == "":
			http.Error(w, "audience is missing", http.StatusBadRequest)
		default:
			_, _ = w.Write([]byte(`{"access_token":"a.b.c","token_type":"Bearer"}`))
		}
	}))
	defer srv.Close()
	for name, tt := range map[string]struct {
		issuer, audience string
		lasts            time.Duration
		want, asks, why  string
	}{
		"ordinary":       {srv.URL, gateway.Audience, 0, "a.b.c", gateway.Audience + " ", ""},
		"short":          {srv.URL + "/", "x", 2 * time.Second, "a.b.c", "x 2", ""},
		"refused":        {srv.URL, "", 0, "", "", "audience is missing"},
		"another node":   {srv.URL + "/elsewhere", "x", 0, "", "", "gives no token: 404"},
		"nobody there":   {"http://127.0.0.1:1", "x", 0, "", "", "ask the issuer"},
		"no address":     {"127.0.0.1:80", "x", 0, "", "", "no address of an issuer"},
		"half a second":  {srv.URL, "x", 500 * time.Millisecond, "", "", "whole seconds"},
		"negative times": {srv.URL, "x", -time.Second, "", "", "whole seconds"},
	} {
		got, err := tokenOf(t.Context(), tt.issuer, tokenOptions{tt.audience, tt.lasts})
		if got != tt.want || (err == nil) != (tt.why == "") || err != nil && !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if tt.asks != "" && asked != tt.asks {
			t.Errorf("%s: asked for %q, want %q", name, asked, tt.asks)
		}
	}
}
