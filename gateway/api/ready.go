package api

import (
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
