package quota

import (
	"net/http"
	"sync/atomic"
)

// Counts are what a gate has done, for metrics.
type Counts struct {
	limited, unknown, unsure, alone atomic.Uint64
}

func (c *Counts) refuse(r *Refusal) error {
	switch r.Status {
	case http.StatusTooManyRequests:
		c.limited.Add(1)
	case http.StatusUnauthorized:
		c.unknown.Add(1)
	default:
		c.unsure.Add(1)
	}
	return r
}

// Limited is how many requests were above their tenant's limit.
func (c *Counts) Limited() uint64 { return c.limited.Load() }

// Unknown is how many had no key, or one that nobody has.
func (c *Counts) Unknown() uint64 { return c.unknown.Load() }

// Unsure is how many were refused because somebody did not answer.
func (c *Counts) Unsure() uint64 { return c.unsure.Load() }

// Alone is how many were decided without the quota store.
func (c *Counts) Alone() uint64 { return c.alone.Load() }
