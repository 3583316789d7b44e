package notify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify/post"
)

// A worker serves one channel.
type worker struct {
	m       *Messenger
	channel Channel
	queue   chan Message

	mu     sync.Mutex
	notice drill.Notice
	over   time.Time // when Close wants to be done
}

func (w *worker) run() {
	for msg := range w.queue {
		tries, err := w.deliver(msg)
		if err != nil {
			w.failed(msg, tries, err)
			continue
		}
		w.mu.Lock()
		w.notice.Sent++
		w.mu.Unlock()
	}
}

// deliver insists on one message. Once the messenger is closing, each of those
// that are left has its share of the time, so that a channel that hangs on one
// message still gets a try of the last.
func (w *worker) deliver(msg Message) (int, error) {
	l := w.m.limits
	ctx, cancel := context.WithTimeout(context.Background(), l.Total)
	defer cancel()
	stop := context.AfterFunc(w.m.ending, func() {
		select {
		case <-ctx.Done():
		case <-time.After(w.share()):
			cancel()
		}
	})
	defer stop()
	tries, err := post.Insist(ctx, post.Limits{Try: l.Try, Total: l.Total, Pause: l.Pause}, func(ctx context.Context) error { return w.channel.Send(ctx, msg) })
	if errors.Is(err, context.Canceled) {
		err = errEnded
	}
	return tries, err
}

// share is the time of the message under way when the messenger is closing.
func (w *worker) share() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Until(w.over) / time.Duration(len(w.queue)+1)
}

func (w *worker) until(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = t
}

func (w *worker) failed(msg Message, tries int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notice.Unsent = append(w.notice.Unsent, drill.Unsent{Event: msg.Event, Step: msg.Step, Tries: tries, Why: err.Error()})
}
