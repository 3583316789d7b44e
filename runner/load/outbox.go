package load

import (
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
)

const (
	// flushEvery is how often samples go to the controller, for the live view.
	flushEvery = 50 * time.Millisecond
	// maxWaiting bounds the samples kept for a controller that does not take
	// them: some 100 MB.
	maxWaiting = 1 << 20
)

// An outbox keeps samples until they are flushed. Putting never blocks a
// request: when nobody takes them, samples are dropped and counted.
type outbox struct {
	flushing sync.Mutex // held while a batch is sent, so that batches keep their order
	spare    []drill.Sample

	mu      sync.Mutex
	waiting []drill.Sample
	dropped uint64
}

func (b *outbox) put(s drill.Sample) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) >= maxWaiting {
		b.dropped++
		return
	}
	b.waiting = append(b.waiting, s)
}

// flush sends what is waiting.
func (b *outbox) flush(send func([]drill.Sample) error) error {
	b.flushing.Lock()
	defer b.flushing.Unlock()
	b.mu.Lock()
	batch := b.waiting
	b.waiting = b.spare[:0]
	b.mu.Unlock()
	b.spare = batch
	if len(batch) == 0 {
		return nil
	}
	return send(batch)
}

func (b *outbox) lost() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped
}
