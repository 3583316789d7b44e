package fake

import (
	"context"
	"fmt"

	"github.com/drillctl/drillctl/runtimes"
)

// A watch is one watcher's events, those not read yet in pending. Its fields
// belong to Runtime.mu.
type watch struct {
	pending []runtimes.InstanceEvent
	more    chan struct{} // holds a token while there may be something new
	closed  bool
}

func (w *watch) put(e runtimes.InstanceEvent) {
	w.pending = append(w.pending, e)
	w.wake()
}

func (w *watch) finish() {
	w.closed = true
	w.wake()
}

func (w *watch) wake() {
	select {
	case w.more <- struct{}{}:
	default:
	}
}

// Watch implements [runtimes.Watcher]. Its goroutine ends with ctx or Close;
// the latter once all events are read.
func (r *Runtime) Watch(ctx context.Context) (<-chan runtimes.InstanceEvent, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, fmt.Errorf("the fake runtime is closed: %w", runtimes.ErrGone)
	}
	w := &watch{more: make(chan struct{}, 1)}
	r.watches[w.more] = w
	out := make(chan runtimes.InstanceEvent)
	go r.pump(ctx, w, out)
	return out, nil
}

func (r *Runtime) pump(ctx context.Context, w *watch, out chan<- runtimes.InstanceEvent) {
	defer close(out)
	for closed := false; !closed; {
		select {
		case <-w.more:
		case <-ctx.Done():
		}
		r.mu.Lock()
		events := w.pending
		w.pending, closed = nil, w.closed || ctx.Err() != nil
		if closed {
			delete(r.watches, w.more)
		}
		r.mu.Unlock()
		for _, e := range events {
			select {
			case out <- e:
			case <-ctx.Done():
				return // nobody reads any more
			}
		}
	}
}
