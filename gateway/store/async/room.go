package async

import (
	"context"
	"errors"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
)

// errFull says that the disk has no room for another entry.
var errFull = errors.New("the disk is full")

// roomEvery is how often a leader looks for room, also when nobody writes.
const roomEvery = 100 * time.Millisecond

// full says that nothing may be written here. The bug ack-without-disk does not
// look.
func (e *Engine) full() bool {
	return e.config.Full != nil && !e.config.AckWithoutDisk && e.config.Full()
}

// loses says that the bug ack-without-disk acknowledges what cannot be written.
func (e *Engine) loses() bool {
	return e.config.AckWithoutDisk && e.config.Full != nil && e.config.Full()
}

// mindRoom hands the lead over when the disk is full, and returns when ctx ends. If
// nobody takes it this store leads on and refuses writes.
func (e *Engine) mindRoom(ctx context.Context, epoch uint64) {
	tick := time.NewTicker(roomEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !e.full() {
			continue
		}
		// Fenced first: whoever takes over may lead at once, whatever this store's
		// lease says.
		e.fence(errFull.Error())
		e.settled()
		if err := e.elect.Yield(); err != nil {
			e.note(err.Error())
			_ = mono.Sleep(ctx, time.Second)
		}
		_ = mono.Sleep(ctx, time.Second) // by then the election has told, and ended ctx
		if ctx.Err() == nil {
			e.open(epoch)
		}
	}
}
