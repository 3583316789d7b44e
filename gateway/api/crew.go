package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// coldPart is what a service can do that has just started, as a part of what it can.
const coldPart = 0.05

// A crew is the workers of a service, as a server with a pool of threads has
// them. Who comes while all are busy waits in line, and is served in the end even
// if its client has gone: so a line that is longer than clients' patience is work
// for nothing, which lasts until it is done. A crew of nobody serves all at once.
type crew struct {
	Capacity
	busy chan struct{}

	mu     sync.Mutex
	looked bool      // it is known whether there were orders at the start
	cold   time.Time // since when the caches fill
}

func newCrew(c Capacity) *crew { return &crew{Capacity: c, busy: make(chan struct{}, c.Workers)} }

// serve has a worker handle the request.
func (c *crew) serve(handle http.HandlerFunc) http.HandlerFunc {
	if c.Workers == 0 {
		return handle
	}
	return func(w http.ResponseWriter, r *http.Request) {
		c.busy <- struct{}{}
		defer func() { <-c.busy }()
		time.Sleep(c.takes(time.Now()))
		handle(w, r)
	}
}

// takes is how long a worker is busy with a request that it begins now.
func (c *crew) takes(now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	age := now.Sub(c.cold)
	if c.cold.IsZero() || age >= c.WarmUp {
		return c.ServiceTime
	}
	part := coldPart + (1-coldPart)*float64(age)/float64(c.WarmUp)
	return time.Duration(float64(c.ServiceTime) / part)
}

// start notes at the first sight of the store whether there are orders to be kept
// in caches.
func (s *service) start(ctx context.Context) {
	c := s.crew
	if c.WarmUp <= 0 || c.looked {
		return
	}
	res, err := s.ask(ctx, http.MethodGet, "/orders?limit=1", nil)
	var page struct {
		IDs []json.RawMessage `json:"ids"`
	}
	if err != nil || json.Unmarshal(res.Body, &page) != nil {
		return // the next look tries again
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looked = true
	if len(page.IDs) > 0 {
		c.cold = time.Now()
	}
}
