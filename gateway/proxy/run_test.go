package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/gateway/health"
)

// A safe buffer for what a running gateway prints.
type safe struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// A running gateway, made by Run on a port of its own.
type running struct {
	url         string
	stop        context.CancelFunc
	done        chan error
	events, log *safe
}

func start(t *testing.T, c Config) *running {
	t.Helper()
	at := nowhere(t, "", 0).Addr
	c.Name, c.Region, c.Addr4, c.Port = "us-east-gateway-1", "us-east", at.Addr(), at.Port()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{url: "http://" + at.String(), stop: cancel, done: make(chan error, 1), events: &safe{}, log: &safe{}}
	go func() {
		r.done <- Run(ctx, c, emit.New(r.events, emit.Node{Name: c.Name, Region: c.Region}), r.log)
	}()
	t.Cleanup(cancel)
	r.await(t, "/readyz", 200)
	return r
}

// await asks until the answer has the status.
func (r *running) await(t *testing.T, path string, status int) {
	t.Helper()
	last := 0
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(2 * time.Millisecond) {
		if res, err := http.Get(r.url + path); err == nil {
			_ = res.Body.Close()
			if last = res.StatusCode; last == status {
				return
			}
		}
	}
	t.Fatalf("%s answers %d, not %d", path, last, status)
}

func quick() health.Config {
	return health.Config{Interval: 50 * time.Millisecond, Timeout: 50 * time.Millisecond, Threshold: 2, Success: 1}
}

// Requests in flight when the gateway is told to stop are finished, and those
// that come while it drains are served; meanwhile it calls itself not ready.
func TestDrainLosesNothing(t *testing.T) {
	entered, release := make(chan bool), make(chan bool)
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- true
			<-release
		}
		fmt.Fprint(w, "done")
	})
	r := start(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Health: quick(), Drain: 2 * time.Second,
		Timeouts: Timeouts{Connect: time.Second, Try: 5 * time.Second, Total: 5 * time.Second}})
	slow := make(chan string, 1)
	go func() { slow <- get(r.url + "/slow") }()
	<-entered
	var lost, served atomic.Int64
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for range 20 {
				if got := get(r.url + "/orders"); got == "done" {
					served.Add(1)
				} else {
					lost.Add(1)
				}
			}
		})
	}
	r.stop()
	r.await(t, "/readyz", 503)
	clients.Wait()
	select {
	case err := <-r.done:
		t.Fatalf("ended with a request in flight: %v", err)
	case <-time.After(2200 * time.Millisecond):
	}
	close(release)
	if got := <-slow; got != "done" {
		t.Errorf("the request in flight got %q", got)
	}
	if err := <-r.done; err != nil {
		t.Errorf("drained with %v", err)
	}
	if lost.Load() > 0 {
		t.Errorf("%d requests were lost while draining, %d served", lost.Load(), served.Load())
	}
}

func get(url string) string {
	res, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func TestTheBugNoDrainCutsRequestsOff(t *testing.T) {
	entered := make(chan bool)
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(entered)
			hang(w, r)
		}
	})
	r := start(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Health: quick(), Drain: time.Minute,
		Bugs: []string{bug.NoDrain}, Timeouts: Timeouts{Connect: time.Second, Try: time.Minute, Total: time.Minute}})
	broken := make(chan error, 1)
	go func() {
		_, err := http.Post(r.url+"/slow", "", nil)
		broken <- err
	}()
	<-entered
	r.stop()
	if err := <-broken; err == nil {
		t.Error("the request in flight was answered")
	}
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}

// Active checks take an upstream out and bring it back, and say so in events.
func TestHealthEvents(t *testing.T) {
	var sick atomic.Bool
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		if sick.Load() {
			w.WriteHeader(503)
		}
	})
	up := o.upstream("us-west-api-1", 0)
	up.Region = "us-west"
	r := start(t, Config{Upstreams: []Upstream{up}, Health: quick()})
	sick.Store(true)
	r.await(t, "/readyz", 503)
	sick.Store(false)
	r.await(t, "/readyz", 200)
	r.stop()
	if err := <-r.done; err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(r.events.String()) {
		var e emit.Line
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %s in %s: %s by %s via %s", e.Kind, e.Subject, e.Region, e.Data["to"], e.Data["by"], e.Data["via"]))
	}
	want := []string{
		"health us-west-api-1 in us-west: healthy by us-east-gateway-1 via active",
		"health us-west-api-1 in us-west: unhealthy by us-east-gateway-1 via active",
		"health us-west-api-1 in us-west: healthy by us-east-gateway-1 via active",
	}
	if !slices.Equal(got, want) {
		t.Errorf("events:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAccessLogTellsFailures(t *testing.T) {
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			w.WriteHeader(500)
		}
	})
	r := start(t, Config{Upstreams: []Upstream{o.upstream("a", 0)}, Health: quick()})
	for range 2 * sample {
		get(r.url + "/good")
	}
	get(r.url + "/bad")
	r.stop()
	if err := <-r.done; err != nil {
		t.Fatal(err)
	}
	if good := strings.Count(r.log.String(), `"path":"/good"`); good != 2 {
		t.Errorf("%d lines for %d good requests, want 2", good, 2*sample)
	}
	if !strings.Contains(r.log.String(), `"path":"/bad","status":500`) {
		t.Errorf("the failure is not in the log:\n%s", r.log.String())
	}
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	err := Run(t.Context(), Config{Name: "g"}, emit.New(io.Discard, emit.Node{}), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "starting gateway g") {
		t.Errorf("without an address: %v", err)
	}
	o := newOrigin(t, ok)
	taken := netip.MustParseAddrPort(o.Listener.Addr().String())
	err = Run(t.Context(), Config{Name: "g", Addr4: taken.Addr(), Port: taken.Port()}, emit.New(io.Discard, emit.Node{}), io.Discard)
	if err == nil || !strings.Contains(err.Error(), taken.String()) {
		t.Errorf("on a port in use: %v", err)
	}
}
