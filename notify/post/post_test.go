package post

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var quick = Limits{Try: 100 * time.Millisecond, Total: 2 * time.Second, Pause: time.Millisecond}

// serve answers the n-th request, counting from 1.
func serve(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) (url string, count func() int) {
	t.Helper()
	n := 0
	done := make(chan struct{}, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the client has gone
		n++
		done <- struct{}{}
		answer(n, w, r)
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL + "/planted-token", func() int { return len(done) }
}

func insist(t *testing.T, url string, l Limits) (int, error) {
	t.Helper()
	return Insist(t.Context(), l, func(ctx context.Context) error {
		_, err := Do(ctx, Request{URL: url, Body: []byte("x"), Secrets: []string{"planted-secret"}})
		return err
	})
}

func TestInsist(t *testing.T) {
	status := func(codes ...int) func(int, http.ResponseWriter, *http.Request) {
		return func(n int, w http.ResponseWriter, _ *http.Request) {
			code := codes[min(n, len(codes))-1]
			w.Header().Set("Retry-After", "0")
			http.Error(w, "planted-secret\tfor /planted-token", code)
		}
	}
	for name, c := range map[string]struct {
		answer func(int, http.ResponseWriter, *http.Request)
		tries  int
		says   string // "" is success
	}{
		"at once":          {status(200), 1, ""},
		"at the third":     {status(503, 429, 204), 3, ""},
		"refused for good": {status(401), 1, "401 Unauthorized: *** for /***"},
		"redirects": {func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, 1, "307 Temporary Redirect"},
		"hangs":              {func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, -1, "no answer within 100ms"},
		"broken off":         {func(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, -1, "EOF"},
		"down until the end": {status(500), -1, "500 Internal Server Error: *** for /***"},
		"slow, then answered": {func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				<-r.Context().Done()
			}
		}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, count := serve(t, c.answer)
			limits := quick
			if name != "hangs" && name != "slow, then answered" { // answers may take a while on a busy machine
				limits.Try = 10 * time.Second
			}
			if c.tries < 0 {
				limits.Total = 300 * time.Millisecond
			}
			tries, err := insist(t, url, limits)
			if c.says == "" && err != nil || c.says != "" && (err == nil || err.Error() != c.says) {
				t.Errorf("error %v, want %q", err, c.says)
			}
			if c.tries > 0 && (tries != c.tries || count() != c.tries) || c.tries < 0 && tries < 2 {
				t.Errorf("%d tries, %d requests, want %d", tries, count(), c.tries)
			}
		})
	}
}

// A server that asks for a long pause does not get one.
func TestInsistIsBounded(t *testing.T) {
	url, _ := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	began := time.Now()
	tries, err := insist(t, url, Limits{Try: 10 * time.Second, Total: quick.Total, Pause: quick.Pause})
	if tries != 1 || err == nil || !strings.Contains(err.Error(), "429") || time.Since(began) > quick.Total {
		t.Errorf("%d tries in %s: %v", tries, time.Since(began), err)
	}
}

func TestRedact(t *testing.T) {
	const address = "slack://xoxb:planted1-planted2-planted3@planted4/planted5?color=planted6&thread=planted%207#planted8"
	text := `Post "https://hooks.slack.com/services/planted1/planted2": dial tcp 10.0.0.1:443: planted3 planted4 planted5 planted6 "planted 7" planted%207 planted+7 planted8`
	got := Redact(errors.New(text), SecretsOf(address)...).Error()
	if strings.Contains(got, "planted") || !strings.Contains(got, `"https://hooks.slack.com": dial tcp 10.0.0.1:443`) {
		t.Errorf("left: %s", got)
	}
	if Redact(nil) != nil {
		t.Error("nil became an error")
	}
	if err := Redact(fmt.Errorf("x: %w", context.DeadlineExceeded)); !errors.Is(err, context.DeadlineExceeded) {
		t.Error("it is no timeout any more")
	}
	for in, want := range map[string]string{
		"https://u:p@example.org:8443/a?b#c": "https://example.org:8443",
		"planted":                            hidden,
		"http://[::1]:80/x":                  "http://[::1]:80",
	} {
		if got := Where(in); got != want {
			t.Errorf("Where(%s) = %s, want %s", in, got, want)
		}
	}
}
