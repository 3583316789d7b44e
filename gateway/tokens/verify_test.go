package tokens

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// An issuer signs and serves keys without a network.
type issuer struct {
	set   atomic.Pointer[jose.JSONWebKeySet] // nil does not answer
	asked atomic.Int64
	told  []Notice     // by the last verifier; by one goroutine at a time
	takes atomic.Int64 // nanoseconds until it answers, or is given up
}

// RoundTrip implements http.RoundTripper.
func (i *issuer) RoundTrip(req *http.Request) (*http.Response, error) {
	i.asked.Add(1)
	select {
	case <-time.After(time.Duration(i.takes.Load())):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	set := i.set.Load()
	if set == nil {
		return nil, errors.New("no route to the issuer")
	}
	text, err := json.Marshal(set)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(text))), Request: req}, err
}

func newKey(t *testing.T, name string) jose.JSONWebKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: name, Algorithm: "EdDSA", Use: "sig"}
}

func (i *issuer) serve(keys ...jose.JSONWebKey) {
	set := &jose.JSONWebKeySet{}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	i.set.Store(set)
}

func (i *issuer) verifier(c Config) *Verifier {
	c.Issuer, c.Audience = "http://issuer.test", "https://api.test"
	v := New(c, func(n Notice) { i.told = append(i.told, n) })
	v.keys.client.Transport = i
	return v
}

var usual = Config{Refresh: time.Second, Keep: time.Hour, Leeway: 5 * time.Second}

// sign makes a token of a type, with claims that are good but for what change does.
func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, kind string, change func(*jwt.Claims)) string {
	t.Helper()
	now := time.Now()
	c := jwt.Claims{Issuer: "http://issuer.test", Audience: jwt.Audience{"https://api.test"}, IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute))}
	if change != nil {
		change(&c)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType(jose.ContentType(kind)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(c).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func reasonOf(err error) string {
	var r *Refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &r):
		return r.Reason
	}
	return err.Error()
}

func ask(v *Verifier, authorization ...string) string {
	return reasonOf(v.Check(context.Background(), http.Header{"Authorization": authorization}))
}

// Every way in which a token can be good, and in which it can be not.
func TestCheck(t *testing.T) {
	i, good, stranger := &issuer{}, newKey(t, "good"), newKey(t, "good")
	i.serve(good)
	v := i.verifier(usual)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	at := func(d time.Duration) *jwt.NumericDate { return jwt.NewNumericDate(time.Now().Add(d)) }
	eddsa := func(change func(*jwt.Claims)) string { return sign(t, jose.EdDSA, good, Type, change) }
	usualToken := eddsa(nil)
	head, rest, _ := strings.Cut(usualToken, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	b64 := base64.RawURLEncoding
	renamed := func(alg, kid, typ string) string {
		return b64.EncodeToString([]byte(`{"alg":"` + alg + `","kid":"` + kid + `","typ":"` + typ + `"}`))
	}
	public := []byte(good.Public().Key.(ed25519.PublicKey))
	other, _, _ := strings.Cut(strings.TrimPrefix(eddsa(func(c *jwt.Claims) { c.Subject = "admin" }), head+"."), ".")
	for _, tt := range []struct{ name, authorization, reason string }{
		{"good", "Bearer " + usualToken, ""},
		{"the scheme in lower case", "bearer " + usualToken, ""},
		{"the type in full", "Bearer " + sign(t, jose.EdDSA, good, "application/at+jwt", nil), ""},
		{"one audience of several", "Bearer " + eddsa(func(c *jwt.Claims) { c.Audience = jwt.Audience{"x", "https://api.test"} }), ""},
		{"expired within the leeway", "Bearer " + eddsa(func(c *jwt.Claims) { c.Expiry = at(0) }), ""},
		{"empty", "", Absent},
		{"another scheme", "Basic dXNlcjpwYXNz", Absent},
		{"no token", "Bearer ", Malformed},
		{"not a token", "Bearer abc", Malformed},
		{"too long", "Bearer " + strings.Repeat("a", maxToken+1), Malformed},
		{"five parts", "Bearer a.b.c.d.e", Malformed},
		{"algorithm none", "Bearer " + renamed("none", "good", Type) + "." + claims + ".", WrongAlgorithm},
		{"algorithm None", "Bearer " + renamed("None", "good", Type) + "." + claims + ".", WrongAlgorithm},
		{"the public key as a secret", "Bearer " + sign(t, jose.HS256, jose.JSONWebKey{Key: public, KeyID: "good"}, Type, nil), WrongAlgorithm},
		{"another algorithm", "Bearer " + sign(t, jose.RS256, jose.JSONWebKey{Key: rsaKey, KeyID: "good"}, Type, nil), WrongAlgorithm},
		{"an identity token", "Bearer " + sign(t, jose.EdDSA, good, "JWT", nil), WrongType},
		{"no name of a key", "Bearer " + sign(t, jose.EdDSA, good.Key, Type, nil), Malformed},
		{"an unknown key", "Bearer " + sign(t, jose.EdDSA, newKey(t, "stranger"), Type, nil), UnknownKey},
		{"another's signature", "Bearer " + sign(t, jose.EdDSA, stranger, Type, nil), Forged},
		{"no signature", "Bearer " + head + "." + claims + ".", Forged},
		{"other claims under the signature", "Bearer " + head + "." + other + "." + signature, Forged},
		{"expired", "Bearer " + eddsa(func(c *jwt.Claims) { c.Expiry = at(-8 * time.Second) }), Expired},
		{"never expires", "Bearer " + eddsa(func(c *jwt.Claims) { c.Expiry = nil }), NoExpiry},
		{"not valid yet", "Bearer " + eddsa(func(c *jwt.Claims) { c.NotBefore = at(time.Minute) }), NotYet},
		{"of the future", "Bearer " + eddsa(func(c *jwt.Claims) { c.IssuedAt = at(time.Minute) }), NotYet},
		{"for somebody else", "Bearer " + eddsa(func(c *jwt.Claims) { c.Audience = jwt.Audience{"https://api.test.other"} }), Audience},
		{"for nobody", "Bearer " + eddsa(func(c *jwt.Claims) { c.Audience = nil }), Audience},
		{"of another issuer", "Bearer " + eddsa(func(c *jwt.Claims) { c.Issuer = "http://issuer.test/" }), Issuer},
		{"of no issuer", "Bearer " + eddsa(func(c *jwt.Claims) { c.Issuer = "" }), Issuer},
		{"claims that are none", "Bearer " + signRaw(t, good, "no JSON"), Malformed},
	} {
		if got := ask(v, tt.authorization); got != tt.reason {
			t.Errorf("%s: refused as %q, want %q", tt.name, got, tt.reason)
		}
	}
	if got := ask(v, "Bearer "+usualToken, "Bearer "+usualToken); got != Malformed {
		t.Errorf("two tokens: %q", got)
	}
	if err := v.Check(t.Context(), http.Header{}); reasonOf(err) != Absent {
		t.Errorf("no header: %v", err)
	}
	if text := v.Challenge(&Refusal{Reason: Absent}); text != `Bearer realm="https://api.test"` {
		t.Errorf("challenge %s", text)
	}
	if text := v.Challenge(&Refusal{Reason: Expired}); !strings.Contains(text, `error="invalid_token"`) || !strings.Contains(text, "expired") {
		t.Errorf("challenge %s", text)
	}
}

// signRaw signs what is no claims.
func signRaw(t *testing.T, key jose.JSONWebKey, payload string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, (&jose.SignerOptions{}).WithType(Type))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Only keys that can verify our tokens are taken out of a set, and a set without any
// is none.
func TestParse(t *testing.T) {
	good, encrypts, named := newKey(t, "good"), newKey(t, "encrypts"), newKey(t, "")
	encrypts.Use = "enc"
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	all := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{encrypts.Public(), named.Public(), {Key: &rsaKey.PublicKey, KeyID: "rsa"}, good.Public()}}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := parse(text)
	if err != nil || len(keys) != 1 || keys["good"] == nil {
		t.Errorf("%v, %v", keys, err)
	}
	for _, bad := range []string{"", "{", "{}", `{"keys":[]}`, `{"keys":[{"kty":"oct","k":"AAAA","kid":"a"}]}`} {
		if keys, err := parse([]byte(bad)); err == nil {
			t.Errorf("%q has the keys %v", bad, keys)
		}
	}
}
