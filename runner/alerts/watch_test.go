package alerts

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A fake answers by path; without an answer it refuses.
type fake map[string]string

func (f fake) RoundTrip(r *http.Request) (*http.Response, error) {
	body, ok := f[r.URL.Path]
	if !ok {
		return nil, io.ErrUnexpectedEOF
	}
	res := httptest.NewRecorder()
	if code, text, found := strings.Cut(body, "!"); found {
		res.WriteHeader(http.StatusTeapot)
		body = code + text
	}
	res.WriteString(body)
	return res.Result(), nil
}

// A changing one answers otherwise as time goes on.
type changing struct{ atomic.Pointer[fake] }

func (c *changing) RoundTrip(r *http.Request) (*http.Response, error) { return c.Load().RoundTrip(r) }

const (
	rulesAnswer = `{"status":"success","data":{"groups":[{"name":"g","rules":[{"type":"alerting","name":"Down"},{"type":"recording","name":"Recorded"},{"type":"alerting","name":"Slow"}]}]}}`
	none        = `{"status":"success","data":{"alerts":[]}}`
)

// active is Prometheus's answer about alerts, each as NAME REGION STATE.
func active(all ...string) string {
	var parts []string
	for _, a := range all {
		f := strings.Fields(a)
		parts = append(parts, fmt.Sprintf(`{"labels":{"alertname":%q,"region":%q},"annotations":{},"state":%q,"activeAt":"2026-11-28T00:00:00Z","value":"1e+00"}`, f[0], f[1], f[2]))
	}
	return `{"status":"success","data":{"alerts":[` + strings.Join(parts, ",") + `]}}`
}

func TestStates(t *testing.T) {
	watched := []drill.AlertSpec{{Name: "Down"}, {Name: "Slow", Labels: map[string]string{"region": "eu"}}, {Name: "Missing"}}
	managed := func(state string) string {
		return `[{"labels":{"alertname":"Down","region":"us"},"status":{"state":"` + state + `","silencedBy":[],"inhibitedBy":[]},"startsAt":"2026-11-28T00:00:00Z"}]`
	}
	for name, c := range map[string]struct {
		source string
		fake   fake
		want   string // "" for an error
		says   string
	}{
		"quiet":        {drill.Prometheus, fake{"/api/v1/alerts": none, "/api/v1/rules": rulesAnswer}, "inactive inactive unknown", ""},
		"firing":       {drill.Prometheus, fake{"/api/v1/alerts": active("Down us firing", "Down eu pending", "Slow us firing", "Slow eu pending"), "/api/v1/rules": rulesAnswer}, "firing pending unknown", ""},
		"no rules":     {drill.Prometheus, fake{"/api/v1/alerts": active("Down us firing")}, "", "unexpected EOF"},
		"an error":     {drill.Prometheus, fake{"/api/v1/alerts": `{"status":"error","errorType":"x","error":"no query engine"}`}, "", "no query engine"},
		"a login page": {drill.Prometheus, fake{"/api/v1/alerts": "<html>log in"}, "", "something else than its API"},
		"a status":     {drill.Prometheus, fake{"/api/v1/alerts": "!go away"}, "", "418 I'm a teapot: go away"},
		"active":       {drill.Alertmanager, fake{"/api/v2/alerts": managed("active")}, "firing inactive inactive", ""},
		"silenced":     {drill.Alertmanager, fake{"/api/v2/alerts": managed("suppressed")}, "suppressed inactive inactive", ""},
		"nothing sent": {drill.Alertmanager, fake{"/api/v2/alerts": `[]`}, "inactive inactive inactive", ""},
		"refused":      {drill.Alertmanager, fake{}, "", "unexpected EOF"},
	} {
		w := Watch{Spec: drill.MonitoringSpec{Source: c.source}, Base: "http://m", Client: &http.Client{Transport: c.fake}}
		got, err := w.source().look(t.Context(), watched)
		switch {
		case c.want == "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, %v; want an error about %q", name, got, err, c.says)
		case c.want != "" && (err != nil || strings.Join(got, " ") != c.want):
			t.Errorf("%s: %v, %v; want %s", name, got, err, c.want)
		}
	}
}

// Only changes are told, each with the last poll before it, and gaps with both
// their ends.
func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{"/api/v1/alerts": none, "/api/v1/rules": rulesAnswer}
		var current changing
		current.Store(&f)
		began := time.Now()
		w := Watch{Spec: drill.MonitoringSpec{Source: drill.Prometheus, URL: "http://m", Interval: time.Second, Alerts: []drill.AlertSpec{{Name: "Down"}}},
			Base: "http://m", Client: &http.Client{Transport: &current}, Now: func() time.Duration { return time.Hour + time.Since(began) }}
		var told []string
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- w.Observe(ctx, time.Hour, func(e drill.Event) {
				told = append(told, fmt.Sprintf("%s %s %s %s after %s", e.At, e.Kind, e.Data["from"], e.Data["to"], e.Data["last"]))
			})
		}()
		step := func(d time.Duration, path, body string) {
			time.Sleep(d)
			synctest.Wait()
			next := maps.Clone(*current.Load())
			if next[path] = body; body == "" {
				delete(next, path)
			}
			current.Store(&next)
		}
		step(2500*time.Millisecond, "/api/v1/alerts", active("Down us pending"))
		step(time.Second, "/api/v1/alerts", active("Down us firing"))
		step(2*time.Second, "/api/v1/alerts", "")
		step(3*time.Second, "/api/v1/alerts", none)
		time.Sleep(2 * time.Second)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		want := []string{
			"0s monitoring  answers after ", "0s alert  inactive after ", "3s alert inactive pending after 2000000000", "4s alert pending firing after 3000000000",
			"6s monitoring  silent after 5000000000", "9s monitoring  answers after 5000000000", "9s alert firing inactive after 5000000000", "10.5s monitoring  left after 10000000000",
		}
		if !slices.Equal(told, want) {
			t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
		}
	})
}

// What the scenario sends with each poll arrives, below the URL's own path.
func TestHeadersAndPath(t *testing.T) {
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.URL.String()+" "+r.Header.Get("Authorization"))
		_, _ = io.WriteString(w, none)
	}))
	defer srv.Close()
	w := Watch{Spec: drill.MonitoringSpec{Source: drill.Prometheus}, Base: srv.URL + "/fra", Headers: http.Header{"Authorization": {"Bearer x"}}, Client: srv.Client()}
	states, err := w.source().look(t.Context(), []drill.AlertSpec{{Name: "Down"}})
	if err != nil || !slices.Equal(states, []string{drill.AlertUnknown}) {
		t.Errorf("%v, %v", states, err)
	}
	if want := []string{"/fra/api/v1/alerts Bearer x", "/fra/api/v1/rules?type=alert Bearer x"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
