package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/doctor"
	"github.com/drillctl/drillctl/cmd/hooks"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
)

// A mailbox is every server that drillctl can tell, in one.
type mailbox struct {
	mu  sync.Mutex
	got []string // path, and the event of a webhook
}

func newMailbox(t *testing.T, status map[string]int) (*mailbox, string) {
	t.Helper()
	box := &mailbox{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m notify.Message
		_ = json.Unmarshal(body, &m) // a trace is no message
		box.mu.Lock()
		box.got = append(box.got, strings.TrimSpace(r.URL.Path+" "+m.Event))
		box.mu.Unlock()
		if code := status[r.URL.Path]; code != 0 {
			http.Error(w, "not for "+r.URL.Path+" "+r.Header.Get("Authorization"), code)
			return
		}
		fmt.Fprint(w, `{"id":7}`)
	}))
	t.Cleanup(s.Close)
	return box, s.URL
}

func (b *mailbox) with(prefix string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, g := range b.got {
		if rest, ok := strings.CutPrefix(g, prefix+" "); ok {
			out = append(out, rest)
		} else if g == prefix {
			out = append(out, "")
		}
	}
	return out
}

// A whole run is told over every channel, by the settings of the environment; what
// is refused is on the record, without a secret, and the environment is clean.
func TestRunIsTold(t *testing.T) {
	box, url := newMailbox(t, map[string]int{"/v1/traces": http.StatusUnauthorized})
	for name, value := range map[string]string{
		"DRILLCTL_NOTIFY_URLS": "generic+" + url + "/planted-chat", "DRILLCTL_WEBHOOK_URL": url + "/planted-hook", "DRILLCTL_WEBHOOK_SECRET": "planted-webhook-secret",
		"DRILLCTL_GRAFANA_URL": url, "DRILLCTL_GRAFANA_TOKEN": "planted-grafana", "DRILLCTL_OTLP_URL": url, "DRILLCTL_OTLP_HEADERS": "authorization=Bearer%20planted-otlp",
	} {
		t.Setenv(name, value)
	}
	_, set := rootAndSettings(terminal.Env{Getenv: os.Getenv})
	messengers, err := hooks.Notify(set)
	if err != nil || len(messengers) != 1 {
		t.Fatalf("%d hooks: %v", len(messengers), err)
	}
	for _, name := range settings.SecretVariables {
		if os.Getenv(name) != "" {
			t.Errorf("programs of a drill would see %s", name)
		}
	}
	dir, err := recording{scenario: "region-blackhole", at: time.Now().UTC(), verdict: drill.Pass, rta: 3}.store(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var rec drill.Record
	if err := dir.ReadJSON(rundir.Record, &rec); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	h := hooks.Told{Hooks: messengers, Env: terminal.Env{Err: &stderr}, Run: hooks.Run{Dir: dir, Head: rec, Spec: rec.Spec, Trial: 1, Trials: 1}}
	h.Before(t.Context())
	for _, kind := range []drill.Kind{drill.KindFaultFired, drill.KindFaultApplied, drill.KindFaultReverted} {
		h.Event(drill.Event{At: time.Second, Kind: kind, Step: "steps[0]", Note: "blackhole"})
	}
	after := h.After(t.Context(), rec, nil)
	if got, want := box.with("/planted-hook"), []string{"drill.started", "fault.applied", "fault.reverted", "drill.finished"}; !slices.Equal(got, want) {
		t.Errorf("the webhook got %q, want %q", got, want)
	}
	if chats, marks, ends := len(box.with("/planted-chat")), len(box.with("/api/annotations")), len(box.with("/api/annotations/7")); chats != 4 || marks != 2 || ends != 1 {
		t.Errorf("%d chats, %d annotations made and %d ended, want 4, 2 and 1: %q", chats, marks, ends, box.got)
	}
	checkTold(t, dir, after, stderr.String())
}

func checkTold(t *testing.T, dir rundir.Dir, after drill.Record, stderr string) {
	t.Helper()
	var stored drill.Record
	if err := dir.ReadJSON(rundir.Record, &stored); err != nil {
		t.Fatal(err)
	}
	for _, rec := range []drill.Record{after, stored} {
		var sent []int
		for _, n := range rec.Notices {
			sent = append(sent, n.Sent)
		}
		if rec.Verdict != drill.Pass || !slices.Equal(sent, []int{4, 4, 3, 0}) {
			t.Errorf("verdict %s, delivered %d: %+v", rec.Verdict, sent, rec.Notices)
		}
	}
	if !strings.Contains(stderr, "1 of 1 not delivered (traces export: 401 Unauthorized: not for /v1/traces ***)") {
		t.Errorf("stderr: %s", stderr)
	}
	for _, name := range []string{rundir.Record, rundir.Notices} {
		text, err := os.ReadFile(dir.Path(name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text)+stderr, "planted") {
			t.Errorf("%s or stderr tells a secret:\n%s\n%s", name, text, stderr)
		}
	}
}

// A dead run's recovery is told, and doctor says whom.
func TestRecoveryIsTold(t *testing.T) {
	box, url := newMailbox(t, map[string]int{"/planted-hook": http.StatusForbidden})
	t.Setenv("DRILLCTL_WEBHOOK_URL", url+"/planted-hook")
	t.Setenv("DRILLCTL_WEBHOOK_SECRET", "planted-webhook-secret")
	t.Setenv("DRILLCTL_NOTIFY_URLS", "generic+"+url+"/planted-chat")
	var stderr bytes.Buffer
	env := terminal.Env{Getenv: os.Getenv, Err: &stderr}
	_, set := rootAndSettings(env)
	if c := doctor.ToldCheck(set); !c.OK || !strings.HasPrefix(c.Text, "generic, webhook http://127.0.0.1:") || strings.Contains(c.Text, "planted") {
		t.Errorf("doctor: %+v", c)
	}
	dir, err := recording{scenario: "region-blackhole", at: time.Now().UTC()}.store(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	tell := hooks.RecoveryTold(env, set)
	if os.Getenv("DRILLCTL_WEBHOOK_SECRET") != "" {
		t.Error("programs that take damage back would see the secret")
	}
	tell(dir, nil)
	tell(dir, []runner.Recovery{{Entry: journal.Entry{ID: "steps[0]/api-1", Kind: "cpu-throttle"}}, {Entry: journal.Entry{ID: "steps[1]/api-2", Kind: "stop"}, Err: errors.New("no engine")}})
	if got := box.with("/planted-hook"); !slices.Equal(got, []string{notify.Recovered}) {
		t.Errorf("the webhook got %q", got)
	}
	if len(box.with("/planted-chat")) != 1 {
		t.Errorf("the chat was not told: %q", box.got)
	}
	if got := stderr.String(); !strings.Contains(got, ": 1 of 1 not delivered (403 Forbidden") || strings.Contains(got, "planted") {
		t.Errorf("stderr: %s", got)
	}
	m := hooks.AboutRecovery(dir, []runner.Recovery{{Entry: journal.Entry{ID: "steps[0]/api-1", Kind: "cpu-throttle"}}})
	if m.Scenario != "region-blackhole" || m.Text != "Recovered: what the dead drill had left is taken back: cpu-throttle on api-1: taken back" {
		t.Errorf("%+v", m)
	}
}

// A setting that cannot be used is doctor's to find, and no secret of it is told.
func TestDoctorFindsBadChannels(t *testing.T) {
	t.Setenv("DRILLCTL_NOTIFY_URLS", "carrier://planted@host")
	_, set := rootAndSettings(terminal.Env{Getenv: os.Getenv})
	if c := doctor.ToldCheck(set); c.OK || strings.Contains(c.Text, "planted") || !strings.Contains(c.Text, "notify-urls") {
		t.Errorf("%+v", c)
	}
}
