package monitor

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

// A pretender is a gateway that has counted what the test says.
type pretender struct {
	mu            sync.Mutex
	ok, bad, slow int
	away          bool
	ends          time.Time // of its certificate, if it has one
	asked         []string
	*httptest.Server
}

func pretend(t *testing.T) *pretender {
	p := &pretender{}
	p.Server = httptest.NewServer(http.HandlerFunc(p.answer))
	t.Cleanup(p.Close)
	return p
}

func (p *pretender) answer(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r.URL.Path)
	switch {
	case p.away:
		panic(http.ErrAbortHandler)
	case r.URL.Path == "/metrics":
		all := p.ok + p.bad
		fmt.Fprintf(w, `# TYPE gateway_requests_total counter
gateway_requests_total{code="200"} %d
gateway_requests_total{code="503"} %d
# TYPE gateway_request_duration_seconds histogram
gateway_request_duration_seconds_bucket{le="0.1"} %d
gateway_request_duration_seconds_bucket{le="0.25"} %d
gateway_request_duration_seconds_bucket{le="+Inf"} %d
gateway_request_duration_seconds_sum 1
gateway_request_duration_seconds_count %d
`, p.ok, p.bad, all-p.slow, all, all, all)
		if !p.ends.IsZero() {
			fmt.Fprintf(w, "# TYPE gateway_tls_certificate_expiry_timestamp_seconds gauge\ngateway_tls_certificate_expiry_timestamp_seconds %e\n", float64(p.ends.Unix()))
		}
	}
}

// serve counts requests; of all of them so many fail, and so many are slow.
func (p *pretender) serve(all, bad, slow int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ok, p.bad, p.slow = p.ok+all-bad, p.bad+bad, p.slow+slow
}

// A stage is a monitor of two regions, with its own time.
type stage struct {
	*monitor
	a, b *pretender
	now  time.Time
}

func newStage(t *testing.T, bugs ...string) *stage {
	s := &stage{a: pretend(t), b: pretend(t), now: time.Now()}
	s.monitor = newMonitor(Config{Settings: Settings{Interval: time.Second, Window: 3 * time.Second, For: 2 * time.Second, Expiry: 24 * time.Hour}, Bugs: bugs,
		Targets: []Target{{"a-gateway-1", "a", s.a.URL}, {"b-gateway-1", "b", s.b.URL}}})
	return s
}

// second lets one pass, looks, and returns what is not inactive.
func (s *stage) second(t *testing.T) string {
	s.now = s.now.Add(time.Second)
	for _, x := range s.targets {
		x.look(t.Context(), s.now, s.Window)
	}
	s.evaluate(s.now)
	var out []string
	for _, a := range s.active() {
		out = append(out, a.Labels["alertname"]+" "+a.Labels["region"]+" "+a.State)
	}
	return strings.Join(out, ", ")
}

func TestRules(t *testing.T) {
	for name, c := range map[string]struct {
		a, b [3]int // requests, failed, slow: a second
		away bool
		want string
	}{
		"all is well":         {[3]int{100, 4, 0}, [3]int{}, false, ""},
		"errors":              {[3]int{100, 6, 0}, [3]int{}, false, "GatewayErrors a firing"},
		"errors of a few":     {[3]int{2, 2, 0}, [3]int{}, false, ""},
		"slow":                {[3]int{100, 0, 50}, [3]int{}, false, "GatewaySlow a firing"},
		"slow, but hardly":    {[3]int{100, 0, 1}, [3]int{}, false, ""},
		"moved":               {[3]int{50, 0, 0}, [3]int{50, 0, 0}, false, "TrafficShifted a firing, TrafficShifted b firing"},
		"away, and all of it": {[3]int{}, [3]int{100, 0, 0}, true, "GatewayDown a firing, TrafficShifted a firing, TrafficShifted b firing"},
	} {
		s := newStage(t)
		for range 7 {
			if got := s.second(t); got != "" {
				t.Errorf("%s: before, %s", name, got)
			}
			s.a.serve(100, 0, 0)
		}
		s.a.mu.Lock()
		s.a.away = c.away
		s.a.mu.Unlock()
		got := ""
		for range 6 {
			s.a.serve(c.a[0], c.a[1], c.a[2])
			s.b.serve(c.b[0], c.b[1], c.b[2])
			got = s.second(t)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		s.a.mu.Lock()
		s.a.away = false
		s.a.mu.Unlock()
		for range 4 {
			s.a.serve(100, 0, 0)
			got = s.second(t)
		}
		if got != "" {
			t.Errorf("%s: afterwards, %s", name, got)
		}
	}
}

// An alert is pending for as long as its rule says, and a counter that starts
// anew counts nothing twice.
func TestPendingFirst(t *testing.T) {
	s := newStage(t)
	var seen []string
	for i := range 5 {
		s.a.serve(100, 50, 0)
		if i == 3 {
			s.a.mu.Lock()
			s.a.ok, s.a.bad = 30, 30
			s.a.mu.Unlock()
		}
		seen = append(seen, s.second(t))
	}
	if got, want := strings.Join(seen, "; "), "; GatewayErrors a pending; GatewayErrors a pending; GatewayErrors a firing; GatewayErrors a firing"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if c := s.byRegion()["a"]; c.total != 100+60+100 {
		t.Errorf("%+v in the window", c)
	}
}

// With the bug the monitor sees that a gateway is gone, and nothing else.
func TestBlindMonitor(t *testing.T) {
	s := newStage(t, bug.BlindMonitor)
	for range 6 {
		s.a.serve(100, 100, 100)
		if got := s.second(t); got != "" {
			t.Error(got)
		}
	}
	if strings.Contains(strings.Join(s.a.asked, " "), "/metrics") {
		t.Errorf("it asked for %v", s.a.asked)
	}
	s.a.away = true
	for range 3 {
		s.second(t)
	}
	if got := s.second(t); got != "GatewayDown a firing" {
		t.Error(got)
	}
}

// A certificate is told of when it ends sooner than the limit, and also when it has
// ended; with another one that is over. Two bugs see nothing of it.
func TestExpiry(t *testing.T) {
	for _, c := range []struct {
		left time.Duration
		bug  string
		want string
	}{
		{25 * time.Hour, "", ""},
		{23 * time.Hour, "", "CertificateExpiring a firing"},
		{-time.Hour, "", "CertificateExpiring a firing"},
		{23 * time.Hour, bug.BlindToExpiry, ""},
		{23 * time.Hour, bug.BlindMonitor, ""},
	} {
		s := newStage(t, c.bug)
		s.a.ends = s.now.Add(c.left)
		s.b.ends = s.now.Add(100 * time.Hour)
		var seen []string
		for range 3 {
			seen = append(seen, s.second(t))
		}
		if c.want != "" && seen[0] != "CertificateExpiring a pending" || seen[2] != c.want {
			t.Errorf("%v left, bug %q: %q, want %q", c.left, c.bug, seen, c.want)
		}
		s.a.mu.Lock()
		s.a.ends = s.now.Add(100 * time.Hour)
		s.a.mu.Unlock()
		if got := s.second(t); got != "" {
			t.Errorf("afterwards: %s", got)
		}
	}
}

func TestQuantile(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		within map[float64]float64
		want   float64
	}{
		{nil, 0},
		{map[float64]float64{0.1: 0, inf: 0}, 0},
		{map[float64]float64{0.1: 100, 0.25: 100, inf: 100}, 0.099},
		{map[float64]float64{0.1: 0, 0.25: 100, inf: 100}, 0.2485},
		{map[float64]float64{0.1: 50, 0.25: 50, inf: 100}, 0.25},
	} {
		if got := quantile(0.99, c.within); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v: %g, want %g", c.within, got, c.want)
		}
	}
}

// The answers have the form of Prometheus's.
func TestAPI(t *testing.T) {
	s := newStage(t)
	for range 5 {
		s.a.serve(100, 50, 0)
		s.second(t)
	}
	get := func(path string, into any) {
		res := httptest.NewRecorder()
		s.routes().ServeHTTP(res, httptest.NewRequest(http.MethodGet, path, nil))
		if err := json.Unmarshal(res.Body.Bytes(), into); err != nil || res.Code != http.StatusOK {
			t.Fatalf("%s: %d, %v", path, res.Code, err)
		}
	}
	var alerts struct {
		Status string
		Data   struct{ Alerts []alert }
	}
	get("/api/v1/alerts", &alerts)
	if a := alerts.Data.Alerts; alerts.Status != "success" || len(a) != 1 || a[0].Labels["alertname"] != "GatewayErrors" || a[0].State != firing || a[0].ActiveAt.IsZero() || a[0].Value != "5e-01" {
		t.Errorf("%+v", alerts)
	}
	var rules struct{ Data struct{ Groups []ruleGroup } }
	get("/api/v1/rules?type=alert", &rules)
	for _, r := range rules.Data.Groups[0].Rules {
		if want := map[bool]string{true: firing, false: inactive}[r.Name == "GatewayErrors"]; r.State != want || r.Type != "alerting" || r.Health != "ok" || r.Query == "" {
			t.Errorf("%+v", r)
		}
	}
	if n := len(rules.Data.Groups[0].Rules); n != 5 {
		t.Errorf("%d rules", n)
	}
	get("/api/v1/rules?type=record", &rules)
	if len(rules.Data.Groups) != 0 {
		t.Errorf("%+v", rules)
	}
}
