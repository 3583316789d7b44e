package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/golden"
)

// A desk is a server that writes down what it is sent.
type desk struct {
	*httptest.Server
	mu   sync.Mutex
	got  []string // METHOD PATH, then the body
	head []http.Header
}

func newDesk(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *desk {
	t.Helper()
	d := &desk{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		d.got = append(d.got, r.Method+" "+r.URL.Path+"\n"+string(body))
		d.head = append(d.head, r.Header)
		n := len(d.got)
		d.mu.Unlock()
		answer(n, w, r)
	}))
	t.Cleanup(func() { d.CloseClientConnections(); d.Close() })
	return d
}

func accept(_ int, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":7}`) }

// story is a whole drill, as its messages.
func story() []Message {
	began := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	step := drill.StepSpec{ID: "steps[0]", Fault: "blackhole", Regions: []string{"us-east"}, Text: "blackhole on region us-east for 20s"}
	rto := drill.Objective{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 10, Unit: drill.Seconds}
	head := drill.Record{RunID: "20260304T050607-region-blackhole-3f9a", Scenario: drill.ScenarioRef{Name: "region-blackhole", Labels: []string{"release-gate"}}, Environment: drill.Environment{System: "the bundled system"}}
	n := NewNarrator(head, drill.Spec{Title: "The primary region goes silent", Steps: []drill.StepSpec{step}}, 1, 1)
	out := []Message{n.Start(began.Add(-time.Second))}
	for _, e := range []drill.Event{
		{Kind: drill.KindPhase, Subject: drill.PhaseWarmup},
		{At: 12 * time.Second, Kind: drill.KindFaultFired, Step: step.ID, Note: step.Text},
		{At: 13 * time.Second, Kind: drill.KindFaultApplied, Step: step.ID, Note: step.Text},
		{At: 33 * time.Second, Kind: drill.KindFaultReverted, Step: step.ID, Note: step.Text},
	} {
		if m, ok := n.Event(e, began.Add(e.At)); ok {
			out = append(out, m)
		}
	}
	rec := head
	rec.Began, rec.Ended, rec.Outcome, rec.Verdict, rec.Cleanup.Verified = began, began.Add(48*time.Second), "completed", drill.Pass, true
	rec.Objectives = []drill.Result{{Objective: rto, Reading: drill.Reading{Metric: rto.Metric, Value: 4.2, Low: 4.1, High: 4.3, Unit: drill.Seconds, Known: true}, Verdict: drill.Pass}}
	return append(out, n.Finish(rec, rec.Ended))
}

const webhookSecret = "planted-webhook-secret"

func TestWebhookBodies(t *testing.T) {
	d := newDesk(t, accept)
	w, err := NewWebhook(d.URL+"/hooks/planted-path-token", webhookSecret)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range story() {
		if err := w.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	golden.Assert(t, "webhook.txt", []byte(strings.Join(d.got, "\n")+"\n"))
	for i, h := range d.head {
		_, body, _ := strings.Cut(d.got[i], "\n")
		mac := hmac.New(sha256.New, []byte(webhookSecret))
		mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "." + body))
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); h.Get("webhook-signature") != want {
			t.Errorf("message %d: signature %q, want %q", i+1, h.Get("webhook-signature"), want)
		}
	}
	if strings.Contains(w.Name(), "planted") {
		t.Errorf("the name %q has the token", w.Name())
	}
}

// The example of the Standard Webhooks specification.
func TestSignatureOfTheSpecification(t *testing.T) {
	w, err := NewWebhook("https://example.org", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := w.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)).Get(headerSignature)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestGrafanaAnnotations(t *testing.T) {
	d := newDesk(t, accept)
	g, err := NewGrafana(d.URL+"/", "planted-token", "dash")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range story() {
		if !g.Wants(m.Event) {
			continue
		}
		if err := g.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	golden.Assert(t, "grafana.txt", []byte(strings.Join(d.got, "\n")+"\n"))
	if got := d.head[0].Get("Authorization"); got != "Bearer planted-token" {
		t.Errorf("Authorization %q", got)
	}
}

// A window whose beginning could not be marked is marked when it ends.
func TestGrafanaMarksTheWholeWindowLater(t *testing.T) {
	d := newDesk(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			http.Error(w, "planted-token is not welcome", http.StatusForbidden)
			return
		}
		accept(n, w, r)
	})
	g, err := NewGrafana(d.URL, "planted-token", "")
	if err != nil {
		t.Fatal(err)
	}
	all := story()
	if err := g.Send(t.Context(), all[1]); err == nil || err.Error() != "403 Forbidden: *** is not welcome" {
		t.Errorf("error %v", err)
	}
	if err := g.Send(t.Context(), all[2]); err != nil {
		t.Fatal(err)
	}
	want := "POST /api/annotations\n" + `{"time":1772600780000,"timeEnd":1772600800000,`
	if !strings.HasPrefix(d.got[1], want) {
		t.Errorf("sent %s\nwant %s", d.got[1], want)
	}
}

func TestChat(t *testing.T) {
	d := newDesk(t, accept)
	c, err := NewChat("generic+" + d.URL + "/planted-token?template=json")
	if err != nil {
		t.Fatal(err)
	}
	all := story()
	if err := c.Send(t.Context(), all[len(all)-1]); err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "chat.txt", []byte(d.got[0]+"\n"))
}

// A service that hangs is given up, without a second try of a message that may
// have arrived.
func TestChatHangs(t *testing.T) {
	d := newDesk(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c, err := NewChat("generic+" + d.URL + "/planted-token")
	if err != nil {
		t.Fatal(err)
	}
	m := New([]Channel{c}, Limits{Try: 100 * time.Millisecond})
	m.Tell(story()[0])
	for len(d.heard()) == 0 {
		time.Sleep(time.Millisecond)
	}
	n := m.Close()[0]
	if len(n.Unsent) != 1 || n.Unsent[0].Tries != 1 || n.Unsent[0].Why != "no answer within 100ms" || len(d.heard()) != 1 {
		t.Errorf("%+v after %d requests", n, len(d.heard()))
	}
}

func (d *desk) heard() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.got
}

// What is wrong with a setting is said without the setting.
func TestBadAddresses(t *testing.T) {
	ctx := context.Background()
	errOf := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"no scheme":       errOf(NewChat("planted-token")),
		"unknown service": errOf(NewChat("carrier://planted-token@planted-host")),
		"incomplete":      errOf(NewChat("slack://planted-token")),
		"unreadable":      errOf(NewChat("slack://planted token:x@%zz")),
		"webhook":         errOf(NewWebhook("ftp://planted-token@example.org", webhookSecret)),
		"not base64":      errOf(NewWebhook("https://example.org", "whsec_planted!")),
		"short":           errOf(NewWebhook("https://example.org", "planted")),
		"grafana":         errOf(NewGrafana("planted-token", "planted-token", "")),
		"no token":        errOf(NewGrafana("https://grafana.example.org", "", "")),
		"refused":         mustHook(t, "http://user:planted-password@127.0.0.1:1/planted-path?key=planted-key").Send(ctx, story()[0]),
		"no such host":    mustHook(t, "http://planted.invalid/planted-path").Send(ctx, story()[0]),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if text := strings.ReplaceAll(err.Error(), "planted.invalid", ""); strings.Contains(text, "planted") {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
}

func mustHook(t *testing.T, address string) *Webhook {
	t.Helper()
	w, err := NewWebhook(address, webhookSecret)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
