package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
)

// The rule holds while the service says that it is broken, and fires half a
// second later.
const (
	promConfig = `
global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}
rule_files: [%s]
scrape_configs:
  - job_name: service
    static_configs: [{targets: ['%s']}]
`
	promRules = `
groups:
  - name: service
    rules:
      - {alert: ServiceBroken, expr: service_broken == 1, for: 500ms, labels: {team: orders}}
`
	promFor = 500 * time.Millisecond
)

// realPrometheus starts Debian's Prometheus on the loopback, scraping a service;
// it ends with the test, or when it is told to.
func realPrometheus(t *testing.T, service string) (url string, stop func()) {
	exe, err := exec.LookPath("prometheus")
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("DRILLCTL_REQUIRE"), ","), "prometheus") {
			t.Fatal("DRILLCTL_REQUIRE=prometheus: there is no Prometheus here")
		}
		t.Skip("there is no Prometheus here: apt-get install prometheus")
	}
	dir := t.TempDir()
	config, rules := filepath.Join(dir, "prometheus.yml"), filepath.Join(dir, "rules.yml")
	err = errors.Join(os.WriteFile(rules, []byte(promRules), 0o600), os.WriteFile(config, fmt.Appendf(nil, promConfig, rules, service), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	cmd := exec.CommandContext(t.Context(), exe, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+addr)
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	t.Cleanup(stop)
	return "http://" + addr, stop
}

// A listener keeps what a watch tells.
type listener struct {
	mu  sync.Mutex
	all []drill.Event
}

func (l *listener) hear(e drill.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, e)
}

// until waits for an event about a subject.
func (l *listener) until(t *testing.T, subject, to string, since time.Duration) drill.Event {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		l.mu.Lock()
		i := slices.IndexFunc(l.all, func(e drill.Event) bool { return e.Subject == subject && e.Data["to"] == to && e.At >= since })
		if i >= 0 {
			defer l.mu.Unlock()
			return l.all[i]
		}
		l.mu.Unlock()
	}
	t.Fatalf("%s is never %s: %+v", subject, to, l.all)
	return drill.Event{}
}

// A real Prometheus scrapes a service that breaks and is mended: the alert is seen
// to be pending, to fire and to resolve, when Prometheus says that it did.
func TestRealPrometheus(t *testing.T) {
	var broken atomic.Int64
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "service_broken %d\n", broken.Load())
	}))
	defer service.Close()
	url, stop := realPrometheus(t, strings.TrimPrefix(service.URL, "http://"))

	alert := drill.AlertSpec{Name: "ServiceBroken", Labels: map[string]string{"team": "orders"}}
	spec := drill.MonitoringSpec{Source: drill.Prometheus, URL: url, Interval: 100 * time.Millisecond, Alerts: []drill.AlertSpec{alert, {Name: "Nowhere"}}}
	var heard listener
	origin, wall := mono.Now(), time.Now()
	now := func() time.Duration { return mono.Now() - origin }
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() {
		w := Watch{Spec: spec, Base: url, Client: &http.Client{}, Now: mono.Now}
		if err := w.Observe(ctx, origin, heard.hear); err != nil {
			t.Error(err)
		}
	})
	heard.until(t, alert.Selector(), drill.AlertInactive, 0)
	heard.until(t, "Nowhere", drill.AlertUnknown, 0)
	time.Sleep(time.Second) // it has scraped a service that is well

	inForce := now()
	broken.Store(1)
	pending := heard.until(t, alert.Selector(), drill.AlertPending, inForce)
	firing := heard.until(t, alert.Selector(), drill.AlertFiring, inForce)
	active := activeAt(t, url).Sub(wall)
	gone := now()
	broken.Store(0)
	resolved := heard.until(t, alert.Selector(), drill.AlertInactive, gone)
	stop()
	silent := heard.until(t, spec.Who(), drill.SourceSilent, resolved.At)
	cancel()
	watching.Wait()

	// Prometheus dates a state by the beginning of the evaluation that found it.
	last, err := strconv.ParseInt(pending.Data["last"], 10, 64)
	if slack := 300 * time.Millisecond; err != nil || active > pending.At || active < time.Duration(last)-slack {
		t.Errorf("pending since %s, seen between %s and %s (%v)", active, time.Duration(last), pending.At, err)
	}
	if firing.At < active+promFor || silent.Note == "" {
		t.Errorf("firing at %s, pending since %s; silent: %s", firing.At, active, silent.Note)
	}
	judge(t, spec, heard.all, inForce, gone, firing.At, resolved.At)
}

// judge holds the whole against what a drill makes of it.
func judge(t *testing.T, spec drill.MonitoringSpec, heard []drill.Event, inForce, gone, firing, resolved time.Duration) {
	t.Helper()
	step := drill.StepSpec{ID: "steps[0]", Fault: "external"}
	log := drill.Log{Events: append([]drill.Event{
		{Kind: drill.KindPhase, Subject: drill.PhaseSteady}, {At: inForce, Kind: drill.KindPhase, Subject: drill.PhaseFault},
		{At: inForce, Kind: drill.KindFaultFired, Step: step.ID}, {At: inForce, Kind: drill.KindFaultApplied, Step: step.ID},
		{At: gone, Kind: drill.KindFaultReverted, Step: step.ID}, {At: gone, Kind: drill.KindPhase, Subject: drill.PhaseSettle},
	}, heard...)}
	a, err := drill.Measure(log, func(func(drill.Sample, error) bool) {}, nil, drill.Spec{Steps: []drill.StepSpec{step}, Monitoring: &spec})
	if err != nil {
		t.Fatal(err)
	}
	name := " " + spec.Alerts[0].Selector()
	for metric, want := range map[string]time.Duration{drill.MetricAlertFires + name: firing - inForce, drill.MetricResolves + name: resolved - gone} {
		if r := a.Reading(metric); !r.Known || r.High != want.Seconds() || r.Low >= r.High || r.High-r.Low > 2 {
			t.Errorf("%+v, want %s", r, want)
		}
	}
	if r := a.Reading(drill.MetricAlertFires + " Nowhere"); r.Known || !strings.Contains(r.Why, "no alerting rule Nowhere") {
		t.Errorf("%+v", r)
	}
}

// activeAt is since when Prometheus itself says that the alert is pending.
func activeAt(t *testing.T, url string) time.Time {
	t.Helper()
	res, err := http.Get(url + "/api/v1/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out struct {
		Data struct {
			Alerts []struct {
				ActiveAt time.Time `json:"activeAt"`
			} `json:"alerts"`
		} `json:"data"`
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || len(out.Data.Alerts) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	return out.Data.Alerts[0].ActiveAt
}
