package notify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify/post"
)

// Limits bound what a messenger holds and how long it takes; zero fields are the
// defaults.
type Limits struct {
	Queue int           // messages that wait for one channel: 64
	Try   time.Duration // for one try: 5 s
	Total time.Duration // for one message with all its tries: 30 s
	Pause time.Duration // before the second try, doubled before each later one: 500 ms
	Flush time.Duration // for all that is left when the drill is over: 10 s
}

func (l Limits) orDefault() Limits {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if l.Queue == 0 {
		l.Queue = 64
	}
	def(&l.Try, 5*time.Second)
	def(&l.Total, 30*time.Second)
	def(&l.Pause, 500*time.Millisecond)
	def(&l.Flush, 10*time.Second)
	return l
}

// A Messenger sends messages to channels, to each in order and to none at
// another's expense.
type Messenger struct {
	limits  Limits
	workers []*worker
	running sync.WaitGroup
	// ending is done when no more messages come.
	ending context.Context
	end    context.CancelFunc
	mu     sync.Mutex
	closed bool
}

// New starts a messenger; Close ends it.
func New(channels []Channel, l Limits) *Messenger {
	m := &Messenger{limits: l.orDefault()}
	m.ending, m.end = context.WithCancel(context.Background())
	for _, c := range channels {
		w := &worker{m: m, channel: c, queue: make(chan Message, m.limits.Queue), notice: drill.Notice{Channel: c.Name()}}
		m.workers = append(m.workers, w)
		m.running.Go(w.run)
	}
	return m
}

// Tell queues a message and returns at once, whatever the channels do. A message
// for which there is no room is one that was not delivered. After Close it does
// nothing.
func (m *Messenger) Tell(msg Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	for _, w := range m.workers {
		if !w.channel.Wants(msg.Event) {
			continue
		}
		select {
		case w.queue <- msg:
		default:
			w.failed(msg, 0, errFull)
		}
	}
}

var (
	errFull  = errors.New("too many messages were waiting for this channel")
	errEnded = errors.New("no answer in the time that was left after the drill")
)

// Close sends what is left for at most Limits.Flush and says what became of all
// messages. Safe to repeat.
func (m *Messenger) Close() []drill.Notice {
	m.stop()
	m.running.Wait()
	var out []drill.Notice
	for _, w := range m.workers {
		out = append(out, w.notice)
	}
	return out
}

// stop takes no more messages and gives the rest its time.
func (m *Messenger) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.closed = true
	over := time.Now().Add(m.limits.Flush)
	for _, w := range m.workers {
		w.until(over)
		close(w.queue)
	}
	m.end()
}

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
