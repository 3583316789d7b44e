package hooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/trace"
)

// Notify tell people of each run, if the settings say whom.
func Notify(set *settings.Settings) ([]Hook, error) {
	defer settings.ForgetSecrets()
	if !set.Notifies() {
		return nil, nil
	}
	to, err := set.Recipients()
	if err != nil || to.None() {
		return nil, err
	}
	t := &telling{to: to, runs: map[string]*told{}}
	return []Hook{{Name: "notify", Before: t.before, Event: t.event, After: t.after}}, nil
}

// telling is the messages of one command, about one run or several at a time.
type telling struct {
	to     settings.Recipients
	limits notify.Limits // zero but in tests

	mu   sync.Mutex
	runs map[string]*told
}

// told is one run that people are told of.
type told struct {
	*notify.Narrator
	*notify.Messenger
}

func (t *telling) before(_ context.Context, r Run) error {
	x := &told{notify.NewNarrator(r.Head, r.Spec, r.Trial, r.Trials), notify.New(t.to.Channels, t.limits)}
	t.mu.Lock()
	t.runs[r.Dir.ID] = x
	t.mu.Unlock()
	x.Tell(x.Start(time.Now()))
	return nil
}

func (t *telling) of(run string) *told {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.runs[run]
}

func (t *telling) event(r Run, e drill.Event) {
	if x := t.of(r.Dir.ID); x != nil {
		if m, ok := x.Event(e, time.Now()); ok {
			x.Tell(m)
		}
	}
}

// after tells how it ended, waits for what is on its way for a bounded time, and
// keeps with the run what became of it.
func (t *telling) after(ctx context.Context, r Run, rec *drill.Record) error {
	x := t.of(r.Dir.ID)
	if x == nil {
		return nil
	}
	x.Tell(x.Finish(*rec, time.Now()))
	traced := make(chan []drill.Notice, 1)
	go func() { traced <- ExportTrace(ctx, t.to.Traces, *rec) }()
	notices := append(x.Close(), <-traced...)
	t.mu.Lock()
	delete(t.runs, r.Dir.ID)
	t.mu.Unlock()
	var err error
	if *rec, err = runner.StoreNotices(r.Dir, *rec, notices); err != nil {
		return err
	}
	if err := undelivered(notices); err != nil {
		return fmt.Errorf("%w; the verdict is the same", err)
	}
	return nil
}

const traceEvent = "trace" // the event of a notice about a trace

// ExportTrace sends the trace of a run that has got as far as its log.
func ExportTrace(ctx context.Context, e *trace.Exporter, rec drill.Record) []drill.Notice {
	if e == nil || rec.Began.IsZero() {
		return nil
	}
	n := drill.Notice{Channel: e.Name(), Sent: 1}
	if tries, err := e.Send(ctx, rec); err != nil {
		n.Sent, n.Unsent = 0, []drill.Unsent{{Event: traceEvent, Tries: tries, Why: err.Error()}}
	}
	return []drill.Notice{n}
}

// undelivered says what was not, nil when all was.
func undelivered(notices []drill.Notice) error {
	var parts []string
	for _, n := range notices {
		if k := len(n.Unsent); k > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d of %d not delivered (%s)", n.Channel, k, n.Sent+k, n.Unsent[k-1].Why))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return errors.New(strings.Join(parts, "; "))
}
