package quorum

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/gateway/store/room"
)

// mindRoom returns room.ErrFull when there is no room, and nil when ctx ends. A leader
// asks the others to take over, who would else wait until it is missed.
func (e *Engine) mindRoom(ctx context.Context) error {
	tick := time.NewTicker(room.LookEvery)
	defer tick.Stop()
	for !e.config.Disk.Refuses() {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
	if e.reign.Load() != 0 {
		e.leave(room.ErrFull.Error())
		e.ask(ctx, nil)
	}
	return room.ErrFull
}
