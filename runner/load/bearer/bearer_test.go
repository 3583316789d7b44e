package bearer

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/issuer"
	"github.com/drillctl/drillctl/gateway/tokens"
)

// A source is a real issuer that can be lost, and those who believe it.
type source struct {
	*httptest.Server
	lost  atomic.Bool
	asked atomic.Int64
}

func newSource(t *testing.T, lifetime time.Duration) (*source, *tokens.Verifier) {
	t.Helper()
	s := &source{}
	var h http.Handler
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.asked.Add(1); s.lost.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	var err error
	h, err = issuer.Handler(issuer.Config{Name: "i", URL: s.URL, Dir: t.TempDir(), Lifetime: lifetime, Refresh: time.Second}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return s, tokens.New(tokens.Config{Issuer: s.URL, Audience: "here", Refresh: time.Second, Keep: time.Hour}, func(tokens.Notice) {})
}

func open(t *testing.T, s *source, intruders bool) *Purse {
	t.Helper()
	p, err := Open(Config{Issuer: s.URL, Audience: "here"}, intruders, (&net.Dialer{}).DialContext)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func check(t *testing.T, v *tokens.Verifier, authorization string) string {
	t.Helper()
	h := http.Header{}
	if authorization != "" {
		h.Set("Authorization", authorization)
	}
	err := v.Check(t.Context(), h)
	if err == nil {
		return ""
	}
	r, ok := err.(*tokens.Refusal)
	if !ok {
		t.Fatal(err)
	}
	return r.Reason
}

// Every forgery is refused for what is wrong with it, and for nothing else; the good
// token passes.
func TestForgeries(t *testing.T) {
	s, v := newSource(t, time.Minute)
	p := open(t, s, true)
	if why := check(t, v, p.Header()); why != "" {
		t.Fatalf("the good token is refused: %s", why)
	}
	want := map[drill.Forgery]string{
		drill.NoToken: tokens.Absent, drill.BadSignature: tokens.Forged, drill.UnknownKey: tokens.UnknownKey, drill.AlgNone: tokens.WrongAlgorithm,
		drill.AlgConfusion: tokens.WrongAlgorithm, drill.Expired: tokens.Expired, drill.WrongAudience: tokens.Audience,
	}
	if _, ok := p.Forged(drill.Expired); ok {
		t.Error("a token has expired at once")
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, ok := p.Forged(drill.Expired); ok || time.Now().After(deadline) {
			break
		}
	}
	for _, f := range drill.Forgeries() {
		text, ok := p.Forged(f)
		if got := check(t, v, text); !ok || got != want[f] || got == "" {
			t.Errorf("%s (ready %v): refused as %q, want %q", f, ok, got, want[f])
		}
	}
}

// Tokens are renewed when half of their life is over, and kept while the issuer is
// away.
func TestRenewal(t *testing.T) {
	s, v := newSource(t, 4*time.Second)
	p := open(t, s, false)
	first, began := p.Header(), time.Now()
	if n := s.asked.Load(); n != 1 {
		t.Errorf("%d questions for one token", n)
	}
	if why := check(t, v, first); why != "" {
		t.Fatalf("refused: %s", why)
	}
	s.lost.Store(true)
	time.Sleep(2800*time.Millisecond - time.Since(began))
	if _, expired := p.Show(); expired {
		t.Error("a token with a second to live is called expired")
	}
	if p.Header() != first || check(t, v, first) == tokens.Expired || s.asked.Load() < 2 {
		t.Errorf("while the issuer is lost: another token %v, %d questions", p.Header() != first, s.asked.Load())
	}
	// From the end that the token names it is shown as expired, and no moment before.
	for deadline := began.Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		before := time.Now()
		text, expired := p.Show()
		if ends, ok := expiry(text); !ok || expired && time.Now().Before(ends) || !expired && !before.Before(ends) {
			t.Fatalf("at %v a token until %v (%v) is called expired: %v", before, ends, ok, expired)
		}
		if expired {
			break
		}
	}
	if _, expired := p.Show(); !expired || check(t, v, first) != tokens.Expired {
		t.Error("a token of 4 s is good for 10 s")
	}
	s.lost.Store(false)
	for deadline := time.Now().Add(5 * time.Second); p.Header() == first && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
	}
	if _, expired := p.Show(); expired || p.Header() == first || check(t, v, p.Header()) != "" {
		t.Error("no new token, though the issuer is back")
	}
}

func TestNoIssuer(t *testing.T) {
	f, err := newForger()
	if err != nil {
		t.Fatal(err)
	}
	for _, good := range []string{"", "a.b", "!.b.c"} {
		if text, err := f.forge(drill.UnknownKey, good, nil); err == nil {
			t.Errorf("%q became %q", good, text)
		}
	}
	if _, err := f.forge(drill.AlgConfusion, "e30.e30.x", nil); err == nil {
		t.Error("a secret that is not known")
	}
	if _, err := f.forge(drill.NoToken, "e30.e30.x", nil); err == nil || !strings.Contains(err.Error(), "no token") {
		t.Errorf("%v", err)
	}
}
