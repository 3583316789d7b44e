package api

import (
	"net/http"
	"sync"
	"time"
)

// A readiness is what the last look at the store said. A look that is old says
// nothing: then the service is not ready.
type readiness struct {
	mu sync.Mutex
	ok bool
	at time.Time
}

func (r *readiness) set(ok bool, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ok, r.at = ok, at
}

func (r *readiness) get(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ok && now.Sub(r.at) < readyOld
}

// A cold service has to be started by the first request after a time without
// any; that one and all that come meanwhile wait for it.
type cold struct {
	start time.Duration
	mu    sync.Mutex
	up    time.Time // when the start is, or was, done
	last  time.Time // the latest request
}

func newCold(start time.Duration) *cold { return &cold{start: start} }

// wait returns how long a request that comes now has to wait.
func (c *cold) wait(now time.Time) time.Duration {
	if c.start == 0 {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	idle := c.last
	if c.up.After(idle) {
		idle = c.up
	}
	if now.Sub(idle) > idleAfter {
		c.up = now.Add(c.start)
	}
	c.last = now
	return c.up.Sub(now)
}

// warm makes requests wait while the service is cold.
func (s *service) warm(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t := time.NewTimer(s.cold.wait(time.Now()))
		defer t.Stop()
		select {
		case <-t.C:
			handle(w, r)
		case <-r.Context().Done():
		}
	}
}
