package async

import (
	"context"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/room"
	"github.com/drillctl/drillctl/gateway/store/state"
	"github.com/drillctl/drillctl/internal/mono"
)

// appendWait bounds one append. It is not the client's patience: an append that
// has begun is better ended than left in doubt.
const appendWait = 2 * time.Second

// mayWrite returns the epoch of this store's reign and whether it holds.
func (e *Engine) mayWrite() (epoch uint64, ok bool) {
	epoch = e.reign.Load()
	return epoch, epoch != 0 && (e.config.SplitBrain || e.elect.Valid(epoch))
}

// Write stores an order once, however often it is sent. After state.ErrNotLeader
// and state.ErrAhead it is certain that nothing was stored, after state.ErrUnsure nothing is.
func (e *Engine) Write(ctx context.Context, o order.Order) (state.Receipt, error) {
	if _, ok := e.mayWrite(); !ok {
		return state.Receipt{}, state.ErrNotLeader
	}
	select {
	case e.turn <- struct{}{}:
	case <-ctx.Done():
		return state.Receipt{}, fmt.Errorf("waiting for the writes before: %w: %w", state.ErrNotLeader, ctx.Err())
	}
	defer func() { <-e.turn }()
	epoch, ok := e.mayWrite()
	if !ok {
		return state.Receipt{}, state.ErrNotLeader
	}
	switch {
	case e.bound.over(mono.Now()):
		return state.Receipt{}, fmt.Errorf("%w: for more than %v", state.ErrAhead, e.bound.most)
	case e.config.Disk.Refuses():
		return state.Receipt{}, fmt.Errorf("%w: %w", state.ErrNotLeader, room.ErrFull)
	case e.config.Disk.Loses():
		return state.Receipt{Region: e.config.Region, Epoch: epoch}, nil
	}
	existing, err := e.once(ctx, order.Entry{Epoch: epoch, Region: e.config.Region, Order: o})
	if err != nil {
		return state.Receipt{}, fmt.Errorf("%w: %w", state.ErrUnsure, err)
	}
	if _, ok := e.mayWrite(); !ok {
		return state.Receipt{}, fmt.Errorf("%w: the lease ended meanwhile", state.ErrUnsure)
	}
	return state.Receipt{Region: e.config.Region, Epoch: epoch, Existing: existing}, nil
}

// once appends an entry unless its order is in the log already.
func (e *Engine) once(ctx context.Context, entry order.Entry) (existing bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendWait)
	defer cancel()
	if err := e.journal.Settle(ctx); err != nil {
		return false, err
	}
	if _, existing = e.journal.Table().Get(entry.ID); existing {
		return true, nil
	}
	began := mono.Now() // not the end: the oldest that it can be
	if err = e.append(ctx, entry); err == nil {
		e.bound.appended(e.journal.Table().Last().Seq, began)
	}
	return false, err
}

func (e *Engine) append(ctx context.Context, entry order.Entry) error {
	if e.config.Disk.Refuses() {
		return room.ErrFull
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendWait)
	defer cancel()
	_, err := e.journal.Append(ctx, entry)
	return err
}

// settled waits for the write that is in progress, if one is.
func (e *Engine) settled() {
	e.turn <- struct{}{}
	<-e.turn
}
