package tokens

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// While the issuer is lost, the keys go on being believed for as long as is said, and
// then nobody is let in.
func TestKeysOutliveTheIssuer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, key := &issuer{}, newKey(t, "a")
		i.serve(key)
		c := usual
		c.Keep = 30 * time.Second
		v := i.verifier(c)
		if v.Ready() {
			t.Error("ready without keys")
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go v.Run(ctx)
		time.Sleep(100 * time.Millisecond)
		token := "Bearer " + sign(t, jose.EdDSA, key, Type, nil)
		if !v.Ready() || ask(v, token) != "" {
			t.Fatal("not ready with keys")
		}
		i.set.Store(nil)
		time.Sleep(28 * time.Second)
		if !v.Ready() || ask(v, token) != "" {
			t.Error("the keys were forgotten early")
		}
		time.Sleep(4 * time.Second)
		if v.Ready() || ask(v, token) != ErrNoKeys.Error() {
			t.Error("old keys are believed for ever")
		}
		synctest.Wait()
		if len(i.told) != 1 || !i.told[0].Lost {
			t.Errorf("told %+v", i.told)
		}
		i.serve(key)
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		if len(i.told) != 2 || !i.told[1].Found {
			t.Errorf("told %+v", i.told)
		}
		if !v.Ready() || ask(v, token) != "" {
			t.Error("the issuer has returned, and its keys have not")
		}
		cancel()
		synctest.Wait()
	})
}

// A key that is unknown is asked for at once, but not again and again, and requests
// that come meanwhile wait for the answer.
func TestUnknownKeysAreAskedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, was, is := &issuer{}, newKey(t, "was"), newKey(t, "is")
		i.takes.Store(int64(100 * time.Millisecond))
		i.serve(was)
		v := i.verifier(usual)
		if got := ask(v, "Bearer "+sign(t, jose.EdDSA, was, Type, nil)); got != "" || i.asked.Load() != 1 {
			t.Fatalf("%q after %d questions", got, i.asked.Load())
		}
		time.Sleep(2 * time.Second)
		i.serve(was, is)
		token := "Bearer " + sign(t, jose.EdDSA, is, Type, nil)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if got := ask(v, token); got != "" {
					t.Errorf("a new key: %q", got)
				}
			})
		}
		wg.Wait()
		if n := i.asked.Load(); n != 2 {
			t.Errorf("%d questions for one new key", n)
		}
		made := "Bearer " + sign(t, jose.EdDSA, newKey(t, "made-up"), Type, nil)
		for range 500 { // 5 s
			if got := ask(v, made); got != UnknownKey {
				t.Fatalf("a key that nobody has: %q", got)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n := i.asked.Load() - 2; n < 4 || n > 7 {
			t.Errorf("%d questions in 5 s of made up keys", n)
		}
	})
}

// A silent issuer holds nobody up for long who names a key that is not known, and
// nobody at all who has a good token.
func TestSilentIssuer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, key := &issuer{}, newKey(t, "a")
		i.serve(key)
		v := i.verifier(usual)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go v.Run(ctx)
		time.Sleep(500 * time.Millisecond)
		i.takes.Store(int64(time.Hour))
		time.Sleep(5 * time.Second)
		good, made := "Bearer "+sign(t, jose.EdDSA, key, Type, nil), "Bearer "+sign(t, jose.EdDSA, newKey(t, "b"), Type, nil)
		for range 100 {
			began := time.Now()
			if got := ask(v, good); got != "" || time.Since(began) > 0 {
				t.Fatalf("good: %q after %v", got, time.Since(began))
			}
			if got := ask(v, made); got != UnknownKey || time.Since(began) > patience {
				t.Fatalf("made up: %q after %v", got, time.Since(began))
			}
		}
		cancel()
		synctest.Wait()
	})
}

// The bugs: without a cache good tokens are as good as the issuer is, and open gates
// let everybody in who shows anything while it is lost.
func TestBugs(t *testing.T) {
	i, key := &issuer{}, newKey(t, "a")
	good, bad := "Bearer "+sign(t, jose.EdDSA, key, Type, nil), "Bearer "+sign(t, jose.EdDSA, newKey(t, "a"), Type, nil)
	for _, tt := range []struct {
		name               string
		noCache, open      bool
		goodThen, badThen  string // while the issuer is lost
		withoutToken, back string
	}{
		{"none", false, false, "", Forged, Absent, Forged},
		{"no-key-cache", true, false, ErrNoKeys.Error(), ErrNoKeys.Error(), Absent, Forged},
		{"fail-open", false, true, "", "", Absent, Forged},
	} {
		c := usual
		c.NoCache, c.FailOpen = tt.noCache, tt.open
		i.serve(key)
		v := i.verifier(c)
		if err := v.keys.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ask(v, good); got != "" || ask(v, bad) != Forged || !v.Ready() {
			t.Errorf("%s: with the issuer %q and %q", tt.name, got, ask(v, bad))
		}
		i.set.Store(nil)
		_ = v.keys.refresh(t.Context())
		if g, b := ask(v, good), ask(v, bad); g != tt.goodThen || b != tt.badThen {
			t.Errorf("%s: without the issuer %q and %q", tt.name, g, b)
		}
		if err := v.Check(t.Context(), http.Header{}); reasonOf(err) != tt.withoutToken {
			t.Errorf("%s: no token: %v", tt.name, err)
		}
		i.serve(key)
		_ = v.keys.refresh(t.Context())
		if got := ask(v, bad); got != tt.back {
			t.Errorf("%s: with the issuer again %q", tt.name, got)
		}
	}
}

// Keys are kept over a restart, with their age.
func TestKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, key, c := &issuer{}, newKey(t, "a"), usual
		c.Cache, c.Keep = filepath.Join(t.TempDir(), "new", "keys.json"), 30*time.Second
		i.serve(key)
		if err := i.verifier(c).keys.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		i.set.Store(nil)
		token := "Bearer " + sign(t, jose.EdDSA, key, Type, nil)
		time.Sleep(20 * time.Second)
		if v := i.verifier(c); !v.Ready() || ask(v, token) != "" {
			t.Error("a restart without the issuer has no keys")
		}
		time.Sleep(11 * time.Second)
		if v := i.verifier(c); v.Ready() || ask(v, token) != ErrNoKeys.Error() {
			t.Error("a restart makes old keys young")
		}
	})
}

func TestMetrics(t *testing.T) {
	i, key := &issuer{}, newKey(t, "a")
	i.serve(key)
	v := i.verifier(usual)
	ask(v, "Bearer "+sign(t, jose.EdDSA, key, Type, nil))
	ask(v, "Bearer nonsense")
	r := prometheus.NewRegistry()
	r.MustRegister(v.Collectors()...)
	all, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range all {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if m.Counter != nil && m.Counter.GetValue() > 0 {
					b.WriteString(f.GetName() + " " + l.GetValue() + "\n")
				}
			}
		}
	}
	if got, want := b.String(), "gateway_token_key_fetches_total ok\ngateway_tokens_total accepted\ngateway_tokens_total malformed\n"; got != want {
		t.Errorf("counted\n%swant\n%s", got, want)
	}
}
