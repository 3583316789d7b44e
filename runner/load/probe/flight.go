package probe

import (
	"context"
	"sync"
	"time"
)

// A Flight is the set of requests under way, so that the tool can end them. The
// zero Flight is empty.
type Flight struct {
	mu      sync.Mutex
	first   *seat // a list: cheaper for every request than a map
	n       int
	aborted bool
}

// A seat is one request under way.
type seat struct {
	cancel     context.CancelFunc
	prev, next *seat
}

// enter adds a request; the context it returns ends after timeout, or is
// cancelled by Abort and by nothing else. leave takes the request out again.
func (f *Flight) enter(ctx context.Context, timeout time.Duration) (context.Context, *seat) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	s := &seat{cancel: cancel}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.aborted {
		cancel()
	}
	if s.next = f.first; s.next != nil {
		s.next.prev = s
	}
	f.first = s
	f.n++
	return ctx, s
}

// leave takes a request out; once for each.
func (f *Flight) leave(s *seat) {
	s.cancel()
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.next != nil {
		s.next.prev = s.prev
	}
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		f.first = s.next
	}
	f.n--
}

// Len is the number of requests under way.
func (f *Flight) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

// Abort ends all requests under way, and those to come: class Aborted.
func (f *Flight) Abort() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.aborted = true
	for s := f.first; s != nil; s = s.next {
		s.cancel()
	}
}
