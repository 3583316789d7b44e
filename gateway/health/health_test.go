package health

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestStateThresholds(t *testing.T) {
	c := Config{Threshold: 3, Success: 2}
	for _, tt := range []struct {
		name    string
		results string // + passed, - failed
		want    string // verdict after each: H healthy, U unhealthy, ? unknown
	}{
		{"first success is enough", "+", "H"},
		{"never healthy", "----", "??UU"},
		{"never healthy, then first success", "---+", "??UH"},
		{"a failure does not tip it", "+-+--+", "HHHHHH"},
		{"three in a row do", "+---", "HHHU"},
		{"and two successes bring it back", "+---+-++", "HHHUUUUH"},
		{"unknown forgets nothing", "-+", "?H"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s State
			got := ""
			for _, r := range tt.results {
				before := s
				if s.Add(c, r == '+') != (before.known != s.known || before.healthy != s.healthy) {
					t.Error("Add misreports a change")
				}
				got += map[[2]bool]string{{true, true}: "H", {true, false}: "U"}[[2]bool{s.known, s.healthy}]
				if !s.known {
					got += "?"
				}
			}
			if got != tt.want {
				t.Errorf("verdicts %s, want %s", got, tt.want)
			}
		})
	}
}

// A target that dies silently (checks hang) is called unhealthy within Worst.
func TestCheckerNoticesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := Config{Interval: time.Second, Timeout: 500 * time.Millisecond, Threshold: 3, Success: 2}
		began := time.Now()
		dies, heals := began.Add(10*time.Second), began.Add(30*time.Second)
		var changes []time.Time
		k := &Checker{Config: c,
			Probe: func(ctx context.Context, _ string) error {
				if now := time.Now(); now.Before(dies) || !now.Before(heals) {
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			},
			Report: func(r Result) {
				if r.Changed {
					changes = append(changes, time.Now())
				}
			}}
		done := make(chan bool)
		go func() { k.Run(ctx, []Target{{Name: "a"}}); close(done) }()
		time.Sleep(time.Minute)
		cancel()
		<-done

		if len(changes) != 3 {
			t.Fatalf("%d changes, want up, down, up", len(changes))
		}
		if !changes[0].Equal(began) {
			t.Errorf("first verdict came after %v, want at once", changes[0].Sub(began))
		}
		if took := changes[1].Sub(dies); took > c.Worst() || took < 2*c.Interval {
			t.Errorf("death was noticed after %v, want within %v", took, c.Worst())
		}
		if took := changes[2].Sub(heals); took > 2*c.Interval {
			t.Errorf("healing was noticed after %v", took)
		}
	})
}

func TestCheckerSpreadsAndKeepsTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second+time.Millisecond)
		defer cancel()
		var mu sync.Mutex
		at := map[string][]time.Time{}
		k := &Checker{Config: Config{Interval: time.Second, Timeout: time.Second, Threshold: 3, Success: 1},
			Probe: func(_ context.Context, url string) error {
				mu.Lock()
				defer mu.Unlock()
				at[url] = append(at[url], time.Now())
				return nil
			},
			Report: func(Result) {}}
		var targets []Target
		for i := range 20 {
			targets = append(targets, Target{URL: fmt.Sprint(i)})
		}
		k.Run(ctx, targets)
		phases := map[time.Duration]bool{}
		for url, times := range at {
			for i := 2; i < len(times); i++ {
				if d := times[i].Sub(times[i-1]); d != time.Second {
					t.Fatalf("target %s: checks %v apart", url, d)
				}
			}
			if n := len(times); n < 20 || n > 22 {
				t.Errorf("target %s: %d checks in 20 s", url, n)
			}
			phases[times[1].Sub(times[0])] = true
		}
		if len(phases) < 15 {
			t.Errorf("20 targets are checked in only %d phases", len(phases))
		}
	})
}

// While a target was never healthy it is asked often, so that a start is quick.
func TestCheckerIsEagerAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		var up time.Duration
		k := &Checker{Config: Config{Interval: 10 * time.Second, Timeout: time.Second, Threshold: 3, Success: 5},
			Probe: func(context.Context, string) error {
				if time.Since(began) < 730*time.Millisecond {
					return errors.New("not yet")
				}
				return nil
			},
			Report: func(r Result) {
				if r.Healthy && r.Changed {
					up = time.Since(began)
					cancel()
				}
			}}
		k.Run(ctx, []Target{{}})
		if up > 830*time.Millisecond || up < 730*time.Millisecond {
			t.Errorf("called healthy after %v", up)
		}
	})
}

func TestLyingCheckerSeesNoEvil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		k := &Checker{Config: Config{Interval: time.Second, Timeout: time.Second, Threshold: 1, Success: 1}, Lies: true,
			Probe: func(context.Context, string) error { return errors.New("dead") },
			Report: func(r Result) {
				if !r.Healthy {
					t.Error("the liar told the truth")
				}
			}}
		k.Run(ctx, []Target{{}})
	})
}

// Who does not check believes that all is well, and asks nobody.
func TestAbsentCheckerAsksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []Result
		var mu sync.Mutex
		k := &Checker{Config: Config{Interval: time.Second, Timeout: time.Second, Threshold: 1, Success: 1}, Absent: true,
			Probe: func(context.Context, string) error { t.Error("somebody was asked"); return errors.New("dead") },
			Report: func(r Result) {
				mu.Lock()
				defer mu.Unlock()
				said = append(said, r)
			}}
		k.Run(t.Context(), []Target{{Name: "a"}, {Name: "b"}})
		if len(said) != 2 || !said[0].Healthy || !said[0].Changed || !said[1].Healthy {
			t.Errorf("%+v", said)
		}
	})
}

func TestHTTPProbe(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-r.Context().Done()
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/moved":
			http.Redirect(w, r, "/", http.StatusFound)
		}
	}))
	defer srv.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	for _, tt := range []struct{ url, want string }{
		{srv.URL + "/", ""},
		{srv.URL + "/busy", "status 503 Service Unavailable"},
		{srv.URL + "/moved", "status 302 Found"},
		{srv.URL + "/hang", "timeout"},
		{closed.URL, "connection refused"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if got := Reason(HTTPProbe()(ctx, tt.url)); got != tt.want {
			t.Errorf("probe of %s: %q, want %q", tt.url, got, tt.want)
		}
		cancel()
	}
}

// With https a bad certificate is a failure with a reason, unless nobody looks.
func TestHTTPSProbe(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	for _, tt := range []struct {
		c    *tls.Config
		want string
	}{
		{&tls.Config{RootCAs: x509.NewCertPool()}, "certificate of an unknown authority"},
		{&tls.Config{InsecureSkipVerify: true}, "status 404 Not Found"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if got := Reason(HTTPSProbe(tt.c)(ctx, srv.URL)); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
		cancel()
	}
}
