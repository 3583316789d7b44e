package async

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/store/state"
	"github.com/drillctl/drillctl/internal/mono"
)

// lead opens the store for writes and fences it when ctx ends, which is when
// the election says so.
func (e *Engine) lead(ctx context.Context) {
	epoch, err := e.elect.Confirm(ctx)
	for ; err != nil && ctx.Err() == nil; epoch, err = e.elect.Confirm(ctx) {
		_ = mono.Sleep(ctx, 20*time.Millisecond)
	}
	if err != nil {
		return
	}
	if err := e.takeOver(ctx); err != nil {
		e.note("taking over the newest log: " + err.Error())
	}
	if ctx.Err() != nil {
		return
	}
	e.bound.reset()
	e.open(epoch)
	var all sync.WaitGroup
	if e.config.Backups.Every > 0 {
		all.Go(func() { e.backUp(ctx, epoch) })
	} else if e.config.Copying.Every > 0 {
		all.Go(func() { e.deliver(ctx, epoch) })
	} else {
		all.Go(func() { e.keepBound(ctx) })
	}
	e.mindRoom(ctx, epoch)
	all.Wait()
	if !e.config.SplitBrain {
		e.fence("no majority confirms the lease")
	}
}

// takeOver completes the log before the store opens.
func (e *Engine) takeOver(ctx context.Context) error {
	if e.config.Backups.Every > 0 {
		return e.restore(ctx)
	}
	return e.adopt(ctx)
}

func (e *Engine) open(epoch uint64) {
	e.source.Store("")
	e.lag.Store(0)
	e.led.Store(true)
	e.reign.Store(epoch)
	e.leader(state.Leader, epoch, "")
}

// fence closes the store for writes. A write that is past its first look at the
// lease is caught by its second.
func (e *Engine) fence(why string) {
	if epoch := e.reign.Swap(0); epoch != 0 {
		e.leader(state.Fenced, epoch, why)
	}
}

func (e *Engine) leader(to string, epoch uint64, note string) {
	e.events.Event(drill.KindLeader, e.config.Name, e.config.Region,
		map[string]string{"to": to, "epoch": strconv.FormatUint(epoch, 10)}, note)
}

func (e *Engine) note(text string) {
	e.events.Event(drill.KindNote, e.config.Name, e.config.Region, nil, text)
}
