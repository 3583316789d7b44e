package quorum

import (
	"context"
	"errors"
	"time"
)

// ErrFull says that the disk has no room for another entry.
var ErrFull = errors.New("the disk is full")

// roomEvery is how often a store looks for room, also when nobody writes.
const roomEvery = 100 * time.Millisecond

func (e *Engine) full() bool {
	return e.config.Full != nil && !e.config.AckWithoutDisk && e.config.Full()
}

// loses says that the bug ack-without-disk acknowledges what cannot be written.
func (e *Engine) loses() bool {
	return e.config.AckWithoutDisk && e.config.Full != nil && e.config.Full()
}

// mindRoom returns ErrFull when there is no room, and nil when ctx ends. A leader
// asks the others to take over, who would else wait until it is missed.
func (e *Engine) mindRoom(ctx context.Context) error {
	tick := time.NewTicker(roomEvery)
	defer tick.Stop()
	for !e.full() {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
	if e.reign.Load() != 0 {
		e.leave(ErrFull.Error())
		e.ask(ctx, nil)
	}
	return ErrFull
}
