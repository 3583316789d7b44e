// Package pace keeps requests on a fixed grid of instants. A pacer never
// catches up: a slot whose time has passed is skipped and counted, so that a
// stall of the generator is a gap in the record and not a burst on the system.
package pace

import (
	"sync"
	"time"
)

// A slot may still be sent a little late, because timers are not exact: within
// its own interval, but never by less than minSlack or more than maxSlack.
const (
	minSlack = 2 * time.Millisecond
	maxSlack = 50 * time.Millisecond
)

// A Grid is a series of instants, Every apart.
type Grid struct {
	T0    time.Duration `json:"t0_ns"`    // the instant of slot 0
	Every time.Duration `json:"every_ns"` // 1/rate
}

// NewGrid is the grid of rate slots per second from t0.
func NewGrid(rate float64, t0 time.Duration) Grid {
	return Grid{T0: t0, Every: max(1, time.Duration(float64(time.Second)/rate))}
}

// At is the instant of a slot.
func (g Grid) At(slot uint64) time.Duration { return g.T0 + time.Duration(slot)*g.Every }

// from is the first slot at or after an instant.
func (g Grid) from(at time.Duration) uint64 {
	if at <= g.T0 {
		return 0
	}
	return uint64((at - g.T0 + g.Every - 1) / g.Every)
}

// Counts says what became of the slots of a grid. Planned is the sum of the
// others.
type Counts struct {
	Planned uint64 `json:"planned"`
	Sent    uint64 `json:"sent"`
	Skipped uint64 `json:"skipped"`
}

// A Pacer is a vegeta.Pacer over a Grid. Each call of Pace puts the slot it
// waits for into a queue, and each hit takes one from it. Vegeta calls Pace,
// sleeps until the slot is due, and only then hands out one tick; the hit that
// follows a tick asks for a target once. So when a hit takes the n-th slot, at
// least n ticks were handed out, thus the n-th slot was due: no request starts
// before its slot, and each slot belongs to one request, however late the
// workers run.
type Pacer struct {
	grid  Grid
	slack time.Duration
	now   func() time.Duration

	mu      sync.Mutex
	queue   []uint64
	next    uint64 // the first slot not yet planned or skipped
	sent    uint64
	skipped uint64
	stopped bool
}

// New returns the pacer of a grid. now reads the clock that the grid is on.
func New(grid Grid, now func() time.Duration) *Pacer {
	return &Pacer{grid: grid, slack: min(max(grid.Every, minSlack), maxSlack), now: now}
}

// Grid is the grid that p keeps.
func (p *Pacer) Grid() Grid { return p.grid }

// Pace tells vegeta how long to wait for the next slot. It looks at neither the
// elapsed time nor the hits so far, but at its own grid.
func (p *Pacer) Pace(time.Duration, uint64) (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return 0, true
	}
	now := p.now()
	slot := max(p.next, p.grid.from(now-p.slack))
	p.skipped += slot - p.next
	p.next = slot + 1
	p.queue = append(p.queue, slot)
	return p.grid.At(slot) - now, false
}

// Rate is the constant rate of the grid, in hits per second.
func (p *Pacer) Rate(time.Duration) float64 { return float64(time.Second) / float64(p.grid.Every) }

// Take gives the hit that has just begun its slot. It is false when the pacer
// was stopped: nothing must be sent then.
func (p *Pacer) Take() (slot uint64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped || len(p.queue) == 0 {
		return 0, false
	}
	slot = p.queue[0]
	p.queue = p.queue[1:]
	p.sent++
	return slot, true
}

// Stop ends the grid: from now on nothing is sent. It is safe to repeat.
func (p *Pacer) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
}

// Counts is what became of the slots so far.
func (p *Pacer) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Counts{Planned: p.sent + p.skipped, Sent: p.sent, Skipped: p.skipped}
}
