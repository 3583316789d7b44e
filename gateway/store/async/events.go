package async

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// Copying says how events carry writes to other regions, as functions behind a
// stream of changes do: every write is an event of the leader's log, and whoever
// copies is called with a batch of them from time to time.
//
// A batch is delivered at least once: it is sent again until the copier has said
// up to which event it holds everything. The copier passes over what it has.
type Copying struct {
	Every time.Duration // for which events gather; 0 for a log that is copied as it grows
	// The bugs no-event-copy and no-redelivery.
	Off, Once bool
}

// maxBatch is how many events one call gets.
const maxBatch = 500

// deliver calls the copiers of all other regions until ctx ends.
func (e *Engine) deliver(ctx context.Context, epoch uint64) {
	if e.config.Copying.Off {
		return
	}
	var all sync.WaitGroup
	for _, p := range e.config.Peers {
		all.Go(func() { (&delivery{Engine: e, to: p, epoch: epoch}).run(ctx) })
	}
	all.Wait()
}

// A delivery is the way of events to one region.
type delivery struct {
	*Engine
	to     Peer
	epoch  uint64
	cursor uint64 // the copier has said that it holds all up to here
	known  bool   // ... or has been asked
	failed int    // calls in a row
}

func (d *delivery) run(ctx context.Context) {
	tick := time.NewTicker(d.config.Copying.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for ctx.Err() == nil && d.batch(ctx) {
		}
	}
}

// batch delivers the next events, if there are any, and says whether to go on at
// once.
func (d *delivery) batch(ctx context.Context) (more bool) {
	if !d.known {
		head, err := d.to.head(ctx, copyWait)
		if err != nil {
			return d.tell(err)
		}
		d.cursor, d.known = order.Common(d.journal.Table().Spans(), head.Spans), true
	}
	events := d.journal.Table().After(d.cursor)
	events = events[:min(maxBatch, len(events))]
	if len(events) == 0 {
		return false
	}
	taken, err := d.call(ctx, events)
	switch {
	case d.config.Copying.Once: // and then they are forgotten
		d.cursor = events[len(events)-1].Seq
	case err == nil:
		d.cursor = taken.Last
	}
	return d.tell(err) && len(events) == maxBatch
}

func (d *delivery) call(ctx context.Context, events []order.Entry) (t Taken, err error) {
	s := snapshot.Snapshot{Header: snapshot.Header{Region: d.config.Region, Epoch: d.epoch, Leads: true, Spans: d.journal.Table().Spans()}, Entries: events}
	text, err := s.Encode()
	if err != nil {
		return t, err
	}
	text, err = d.to.Do(ctx, copyWait, http.MethodPost, "/events", bytes.NewReader(text))
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	return t, err
}

// tell says that a copier does not answer, when it has not for two calls, and that
// it does again. It returns whether it did now.
func (d *delivery) tell(err error) bool {
	was := d.failed
	if d.failed++; err == nil {
		d.failed = 0
	}
	switch {
	case err != nil && d.failed == 2:
		d.copyHealth(d.to, drill.Unhealthy, err.Error())
	case err == nil && was >= 2:
		d.copyHealth(d.to, drill.Healthy, "events are copied again")
	}
	return err == nil
}
