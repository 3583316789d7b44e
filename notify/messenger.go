package notify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
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
