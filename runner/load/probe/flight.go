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
	last    uint64
	cancels map[uint64]context.CancelFunc
	aborted bool
}

// enter adds a request; the context it returns ends after timeout, or is
// cancelled by Abort and by nothing else. leave takes the request out again.
func (f *Flight) enter(ctx context.Context, timeout time.Duration) (_ context.Context, leave func()) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.aborted {
		cancel()
	}
	if f.cancels == nil {
		f.cancels = map[uint64]context.CancelFunc{}
	}
	f.last++
	n := f.last
	f.cancels[n] = cancel
	return ctx, func() {
		cancel()
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.cancels, n)
	}
}

// Len is the number of requests under way.
func (f *Flight) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.cancels)
}

// Abort ends all requests under way, and those to come: class Aborted.
func (f *Flight) Abort() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.aborted = true
	for _, cancel := range f.cancels {
		cancel()
	}
}
