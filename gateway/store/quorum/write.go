package quorum

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/drillctl/drillctl/gateway/store/journal"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/room"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// Write stores an order once, however often it is sent. After state.ErrNotLeader
// it is certain that nothing was stored, after state.ErrUnsure nothing is.
func (e *Engine) Write(ctx context.Context, o order.Order) (state.Receipt, error) {
	epoch := e.reign.Load()
	if epoch == 0 {
		return state.Receipt{}, state.ErrNotLeader
	}
	r := state.Receipt{Region: e.config.Region, Epoch: epoch}
	cut := !e.majority()
	_, r.Existing = e.table.Get(o.ID)
	switch {
	case e.config.Disk.Refuses():
		return r, fmt.Errorf("%w: %w", state.ErrNotLeader, room.ErrFull)
	case e.config.Disk.Loses():
		return r, nil
	case e.config.Late > 0 || cut && e.config.SplitBrain:
		r.Existing = !e.keepAside(o) || r.Existing
		return r, nil
	case cut:
		return r, fmt.Errorf("%w: it hears less than a majority of the stores", state.ErrNotLeader)
	case !r.Existing:
		var err error
		if r.Existing, err = e.publish(ctx, o, epoch); err != nil {
			return r, fmt.Errorf("%w: %w", state.ErrUnsure, err)
		}
	}
	if e.reign.Load() != epoch {
		return r, fmt.Errorf("%w: the lead moved meanwhile", state.ErrUnsure)
	}
	return r, nil
}

// publish returns when a majority has the order on disk. The stream drops what
// it has seen in the last two minutes; what is older is in the table.
func (e *Engine) publish(ctx context.Context, o order.Order, epoch uint64) (duplicate bool, err error) {
	data, err := json.Marshal(order.Entry{Epoch: epoch, Region: e.config.Region, Order: o})
	if err != nil {
		return false, fmt.Errorf("encoding order %d: %w", o.ID, err)
	}
	ack, err := (*e.js.Load()).Publish(ctx, journal.Subject, data, jetstream.WithMsgID(o.ID.String()), jetstream.WithRetryAttempts(0))
	if err != nil {
		return false, fmt.Errorf("publishing order %d: %w", o.ID, err)
	}
	return ack.Duplicate, nil
}

// keepAside is what the bugs do instead of storing. It says whether the order
// is new.
func (e *Engine) keepAside(o order.Order) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, there := e.aside[o.ID]
	e.aside[o.ID] = o
	return !there
}

// forget drops what the bugs have kept aside.
func (e *Engine) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.aside)
}

// flushLate publishes what was acknowledged long ago. Errors lose orders: that
// is the bug.
func (e *Engine) flushLate(ctx context.Context) {
	tick := time.NewTicker(e.config.Late)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		epoch := e.reign.Load()
		e.mu.Lock()
		due := e.aside
		e.aside = map[order.ID]order.Order{}
		e.mu.Unlock()
		for _, o := range due {
			wait, cancel := context.WithTimeout(ctx, 2*time.Second)
			_, err := e.publish(wait, o, epoch)
			cancel()
			if err != nil {
				break
			}
		}
	}
}
