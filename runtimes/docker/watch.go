package docker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// A watch turns the engine's events into those of package runtimes. It loses
// nothing and never blocks who tells it.
type watch struct {
	r *Runtime

	mu     sync.Mutex
	last   time.Duration
	queues []*queue
	closed bool
}

// A queue is one watcher's.
type queue struct {
	items []runtimes.InstanceEvent
	wake  chan struct{}
}

// Watch implements [runtimes.Watcher].
func (r *Runtime) Watch(ctx context.Context) (<-chan runtimes.InstanceEvent, error) {
	if err := r.alive(ctx); err != nil {
		return nil, err
	}
	q := &queue{wake: make(chan struct{}, 1)}
	r.events.mu.Lock()
	r.events.queues = append(r.events.queues, q)
	r.events.mu.Unlock()
	out := make(chan runtimes.InstanceEvent)
	go r.events.serve(ctx, q, out)
	return out, nil
}

func (w *watch) serve(ctx context.Context, q *queue, out chan<- runtimes.InstanceEvent) {
	defer close(out)
	for {
		w.mu.Lock()
		items, closed := q.items, w.closed
		q.items = nil
		w.mu.Unlock()
		for _, e := range items {
			select {
			case out <- e:
			case <-ctx.Done():
				return
			}
		}
		if closed {
			return
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
			return
		}
	}
}

func (w *watch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.signal()
}

// signal wakes all watchers. The caller holds mu.
func (w *watch) signal() {
	for _, q := range w.queues {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
}

// tell passes an event on. Times never run back: the engine's are read off
// another clock.
func (w *watch) tell(m *member, at time.Duration, to, note string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = max(w.last, at)
	for _, q := range w.queues {
		q.items = append(q.items, runtimes.InstanceEvent{At: w.last, Instance: m.node.Name, To: to, Note: note})
	}
	w.signal()
}

func (w *watch) ready(m *member, at time.Duration) {
	// The engine may tell of the start a little later than we see it answer.
	w.started(m, at)
	w.tell(m, at, "ready", "")
}

// started tells a start by us from a restart by the engine.
func (w *watch) started(m *member, at time.Duration) {
	was := w.set(m, runtimes.Running)
	switch was {
	case runtimes.Exited:
		w.tell(m, at, "restarted", "by its restart policy")
	case runtimes.Stopped:
		w.tell(m, at, "started", "")
	}
}

// died tells an end by us from one of its own.
func (w *watch) died(m *member, at time.Duration, code string) {
	w.r.mu.Lock()
	down := m.down
	w.r.mu.Unlock()
	if down {
		w.turn(m, at, runtimes.Stopped, "stopped", "")
		return
	}
	w.turn(m, at, runtimes.Exited, "exited", fmt.Sprintf("exit status %s", code))
}

// turn tells a change, if it is one.
func (w *watch) turn(m *member, at time.Duration, s runtimes.State, to, note string) {
	if w.set(m, s) != s {
		w.tell(m, at, to, note)
	}
}

// set notes what has been told of a member and returns what was told before.
func (w *watch) set(m *member, s runtimes.State) runtimes.State {
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	was := m.shown
	m.shown = s
	return was
}
