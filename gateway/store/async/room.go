package async

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/gateway/store/room"
	"github.com/drillctl/drillctl/internal/mono"
)

// mindRoom hands the lead over when the disk is full, and returns when ctx ends. If
// nobody takes it this store leads on and refuses writes.
func (e *Engine) mindRoom(ctx context.Context, epoch uint64) {
	tick := time.NewTicker(room.LookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !e.config.Disk.Refuses() {
			continue
		}
		// Fenced first: whoever takes over may lead at once, whatever this store's
		// lease says.
		e.fence(room.ErrFull.Error())
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
