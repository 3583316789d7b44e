package issuer

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/tokens"
)

func config(t *testing.T, bugs ...string) Config {
	return Config{Name: "a-issuer-1", Region: "a", URL: "http://issuer.test", Dir: t.TempDir(), Lifetime: 10 * time.Second, Refresh: time.Second, Leeway: time.Second, Bugs: bugs}
}

func ask(t *testing.T, h http.Handler, method, path string, into any) int {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatalf("%s %s: %s: %v", method, path, w.Body, err)
		}
	}
	return w.Code
}

func handler(t *testing.T, c Config) http.Handler {
	t.Helper()
	h, err := Handler(c, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func names(set jose.JSONWebKeySet) []string {
	var out []string
	for _, k := range set.Keys {
		out = append(out, k.KeyID)
	}
	return out
}

type answer struct {
	Token string `json:"access_token"`
	Type  string `json:"token_type"`
	Lasts int    `json:"expires_in"`
}

// signer is the key that a new token names.
func signer(t *testing.T, h http.Handler) string {
	t.Helper()
	var a answer
	if code := ask(t, h, "POST", "/token?audience=x", &a); code != http.StatusOK {
		t.Fatalf("token: %d", code)
	}
	token, err := jwt.ParseSigned(a.Token, []jose.SignatureAlgorithm{tokens.Algorithm})
	if err != nil {
		t.Fatal(err)
	}
	return token.Headers[0].KeyID
}

// A new key is published before it signs, and an old one until all that it has signed
// is over; the bug has neither.
func TestRotation(t *testing.T) {
	for _, tt := range []struct {
		bugs                   []string
		atOnce, after, atLast  int  // keys published: after 0 s, 3 s and 30 s
		signsAtOnce, oldServed bool // the new key signs; the old one is served
	}{
		{nil, 2, 2, 1, false, true},
		{[]string{bug.NoKeyOverlap}, 1, 1, 1, true, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := config(t, tt.bugs...)
			h := handler(t, c)
			old := signer(t, h)
			var s State
			if code := ask(t, h, "POST", "/rotate", &s); code != http.StatusOK || s.Newest == old {
				t.Fatalf("rotate: %d %+v", code, s)
			}
			published := func() []string {
				var set jose.JSONWebKeySet
				ask(t, h, "GET", tokens.KeysPath, &set)
				for _, k := range set.Keys {
					if !k.IsPublic() {
						t.Fatal("a private key is served")
					}
				}
				return names(set)
			}
			if n := published(); len(n) != tt.atOnce || slices.Contains(n, old) != tt.oldServed || (signer(t, h) == s.Newest) != tt.signsAtOnce {
				t.Errorf("bugs %v, at once: %v, %s signs", tt.bugs, n, signer(t, h))
			}
			time.Sleep(3 * time.Second)
			if st, err := os.Stat(c.file()); err != nil || st.Mode().Perm() != 0o600 {
				t.Fatalf("the private keys: %v, %v", st, err)
			}
			h = handler(t, c) // a restart changes nothing
			if n := published(); len(n) != tt.after || signer(t, h) != s.Newest {
				t.Errorf("bugs %v, after 3 s: %v, %s signs", tt.bugs, n, signer(t, h))
			}
			time.Sleep(27 * time.Second)
			if n := published(); len(n) != tt.atLast || n[0] != s.Newest {
				t.Errorf("bugs %v, after 30 s: %v", tt.bugs, n)
			}
		})
	}
}

// Two rotations in a row lose nothing either: every token verifies for as long as it
// lasts.
func TestRotationsInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := handler(t, config(t))
		type given struct {
			by   string
			over time.Time
		}
		var all []given
		for i := range 120 {
			if i%8 == 0 { // every 4 s, with tokens of 10 s
				ask(t, h, "POST", "/rotate", nil)
			}
			all = append(all, given{signer(t, h), time.Now().Add(11 * time.Second)})
			var set jose.JSONWebKeySet
			ask(t, h, "GET", tokens.KeysPath, &set)
			for _, g := range all {
				if time.Now().Before(g.over) && !slices.Contains(names(set), g.by) {
					t.Fatalf("after %d halves of a second %s is not served, and has signed what lasts until %v", i, g.by, g.over)
				}
			}
			time.Sleep(500 * time.Millisecond)
		}
	})
}

func TestTokens(t *testing.T) {
	h := handler(t, config(t))
	var set jose.JSONWebKeySet
	ask(t, h, "GET", tokens.KeysPath, &set)
	for _, tt := range []struct {
		asked, audience string
		lasts           int
	}{{"", "x", 10}, {"3", "y", 3}, {"999", "x", 10}, {"-1", "x", 10}, {"nonsense", "x", 10}} {
		var a answer
		path := "/token?" + url.Values{"audience": {tt.audience}, "expires_in": {tt.asked}, "client_id": {"c"}}.Encode()
		if code := ask(t, h, "POST", path, &a); code != http.StatusOK || a.Lasts != tt.lasts || a.Type != "Bearer" {
			t.Fatalf("%s: %d %+v", path, code, a)
		}
		token, err := jwt.ParseSigned(a.Token, []jose.SignatureAlgorithm{tokens.Algorithm})
		if err != nil {
			t.Fatal(err)
		}
		var c jwt.Claims
		if err := token.Claims(set.Key(token.Headers[0].KeyID)[0], &c); err != nil {
			t.Fatal(err)
		}
		left := time.Until(c.Expiry.Time())
		if c.Issuer != "http://issuer.test" || !c.Audience.Contains(tt.audience) || c.Subject != "c" || c.ID == "" || left > time.Duration(tt.lasts)*time.Second || left < time.Duration(tt.lasts-2)*time.Second {
			t.Errorf("%s: %+v", path, c)
		}
	}
	for path, want := range map[string]int{"/token": http.StatusBadRequest, "/elsewhere": http.StatusNotFound} {
		if code := ask(t, h, "POST", path, nil); code != want {
			t.Errorf("POST %s: %d, want %d", path, code, want)
		}
	}
}

func TestDamagedKeysAreNotReplaced(t *testing.T) {
	c := config(t)
	if err := os.WriteFile(c.file(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Handler(c, func(string) {}); err == nil || !strings.Contains(err.Error(), "keys.json") {
		t.Errorf("half a file was taken: %v", err)
	}
	if Run(t.Context(), Config{Name: "x"}, nil) == nil {
		t.Error("it runs without a directory")
	}
}
