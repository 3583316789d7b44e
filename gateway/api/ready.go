package api

import (
	"net/http"
	"sync"
	"time"
)

// A view is what one look at the store showed.
type view int

const (
	unready    view = iota // it does not answer, or cannot serve
	leaderless             // it serves what it has, but hears no leader
	ready
)

// A readiness is what the last look at the store said. A look that is old says
// nothing: then the service is not ready.
//
// While the stores elect a leader none of them hears one. If the services of all
// regions called themselves sick for that, health checks that are quicker than an
// election would find no region to send clients to, and might send them back to
// a lost one. So a store that was well and only hears no leader is given time; one
// that does not answer, or that was the leader and lost its majority, is not.
type readiness struct {
	mu   sync.Mutex
	last view
	at   time.Time
	well time.Time // when it was ready last
}

func (r *readiness) set(v view, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.at = v, at
	if v == ready {
		r.well = at
	}
}

func (r *readiness) get(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case now.Sub(r.at) >= readyOld:
		return false
	case r.last == leaderless:
		return !r.well.IsZero() && now.Sub(r.well) < leaderGrace
	}
	return r.last == ready
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
