package probe

import (
	"math/rand/v2"
	"sync"
	"time"
)

// recent is how far back reads go.
const recent = 10 * time.Second

// A Book numbers the writes and remembers which were acknowledged lately, so
// that reads know what to ask for.
type Book struct {
	mu    sync.Mutex
	last  uint64
	acked []entry // by time of the acknowledgement
	rng   *rand.Rand
}

type entry struct {
	id uint64
	at time.Duration
}

// NewBook returns an empty book.
func NewBook(seed uint64) *Book { return &Book{rng: rand.New(rand.NewPCG(seed, 2))} }

// Last is the last number that was given out; numbers are dense from 1.
func (b *Book) Last() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// next numbers a write.
func (b *Book) next() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	return b.last
}

// ack notes that a write was acknowledged at an instant.
func (b *Book) ack(id uint64, at time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acked = append(b.acked, entry{id, at})
	b.forget(at)
}

// pick is an id to read: the latest acknowledged one, or by equal chance any of
// the last 10 s; 0, which no system has, before there is any.
func (b *Book) pick(now time.Duration) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.acked) == 0 {
		return 0
	}
	b.forget(now)
	if b.rng.IntN(2) == 0 {
		return b.acked[len(b.acked)-1].id
	}
	return b.acked[b.rng.IntN(len(b.acked))].id
}

// forget drops what is not recent, but keeps the latest.
func (b *Book) forget(now time.Duration) {
	old := 0
	for old < len(b.acked)-1 && b.acked[old].at < now-recent {
		old++
	}
	b.acked = b.acked[old:]
}
