package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify"
	"github.com/drillctl/drillctl/runner/rundir"
)

// A mouth is a channel in memory.
type mouth struct {
	name string
	send func(context.Context) error

	mu   sync.Mutex
	said []string
}

func (c *mouth) Name() string      { return c.name }
func (c *mouth) Wants(string) bool { return true }

func (c *mouth) Send(ctx context.Context, m notify.Message) error {
	c.mu.Lock()
	c.said = append(c.said, strings.TrimSpace(m.Event+" "+m.Step))
	c.mu.Unlock()
	return c.send(ctx)
}

func hang(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// toldRun carries the scripted drill out while channels are told of it.
func toldRun(t *testing.T, channels ...notify.Channel) (drill.Record, []drill.Notice, time.Duration) {
	t.Helper()
	b := newBench(t)
	b.w.outage, b.w.lose = 5*time.Second, 1500*time.Millisecond
	b.opts.Record.RunID, b.opts.Record.Scenario.Name = b.opts.Dir.ID, "test"
	n := notify.NewNarrator(b.opts.Record, b.opts.Plan.Spec, 1, 1)
	m := notify.New(channels, notify.Limits{})
	m.Tell(n.Start(time.Now()))
	b.opts.OnEvent = func(e drill.Event) {
		if msg, ok := n.Event(e, time.Now()); ok {
			m.Tell(msg)
		}
	}
	began := time.Now()
	rec, err := Run(t.Context(), b.opts)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	m.Tell(n.Finish(rec, time.Now()))
	notices := m.Close()
	if rec, err = StoreNotices(b.opts.Dir, rec, notices); err != nil {
		t.Fatal(err)
	}
	again, err := Analyze(b.opts.Dir)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile(b.opts.Dir.Path(rundir.Record))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSpace(stored), asJSON(t, again)) {
		t.Error("judged again, the record with its notices differs")
	}
	return rec, notices, took
}

var wholeStory = []string{"drill.started", "fault.applied steps[0]", "fault.reverted steps[0]", "drill.finished"}

// People hear of a drill in the order in which it happens, and a channel that
// refuses or hangs costs the drill nothing: the same record in the same time.
func TestPeopleAreToldInOrder(t *testing.T) {
	var quiet drill.Record
	var alone time.Duration
	synctest.Test(t, func(t *testing.T) { quiet, _, alone = toldRun(t) })
	synctest.Test(t, func(t *testing.T) {
		good := &mouth{name: "good", send: func(context.Context) error { return nil }}
		slow := &mouth{name: "slow", send: func(context.Context) error { time.Sleep(4 * time.Second); return nil }}
		refusing := &mouth{name: "refusing", send: func(context.Context) error { return errors.New("no") }}
		hanging := &mouth{name: "hanging", send: hang}
		rec, notices, took := toldRun(t, good, slow, refusing, hanging)
		for _, c := range []*mouth{good, slow} {
			if !slices.Equal(c.said, wholeStory) {
				t.Errorf("%s was told %q, want %q", c.name, c.said, wholeStory)
			}
		}
		for _, c := range []*mouth{refusing, hanging} {
			if got := slices.Compact(slices.Clone(c.said)); !slices.Equal(got, wholeStory) {
				t.Errorf("%s was tried with %q, want %q", c.name, got, wholeStory)
			}
		}
		checkNotices(t, notices)
		rec.Notices = nil
		if took != alone || !bytes.Equal(asJSON(t, rec), asJSON(t, quiet)) {
			t.Errorf("the drill took %s (alone %s), or came to something else", took, alone)
		}
	})
}

func asJSON(t *testing.T, rec drill.Record) []byte {
	t.Helper()
	text, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func checkNotices(t *testing.T, notices []drill.Notice) {
	t.Helper()
	for i, sent := range []int{4, 4, 0, 0} {
		n := notices[i]
		if n.Sent != sent || len(n.Unsent) != 4-sent {
			t.Errorf("%s: %d sent, %d not, want %d and %d: %+v", n.Channel, n.Sent, len(n.Unsent), sent, 4-sent, n.Unsent)
		}
		for _, u := range n.Unsent {
			if u.Tries == 0 || u.Why == "" {
				t.Errorf("%s: %+v says too little", n.Channel, u)
			}
		}
	}
}
