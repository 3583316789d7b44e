package journal

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// Append writes an entry and returns it when it is synced to disk. An entry
// without Seq is put at the end; one with Seq must be the next (ErrGap). After
// any other error the entry may or may not be in the log.
func (j *Journal) Append(ctx context.Context, e order.Entry) (order.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.settle(ctx); err != nil {
		return e, err
	}
	last := j.table.Last()
	var opts []jetstream.PublishOpt
	if e.Seq == 0 {
		e.Seq = last.Seq + 1
		opts = append(opts, jetstream.WithMsgID(e.ID.String()))
	}
	if e.Seq != last.Seq+1 {
		return e, fmt.Errorf("appending entry %d after %d: %w", e.Seq, last.Seq, ErrGap)
	}
	if err := j.publish(ctx, e, append(opts, jetstream.WithExpectLastSequence(last.Seq))); err != nil {
		j.doubt = true
		return e, fmt.Errorf("appending entry %d: %w", e.Seq, err)
	}
	return e, j.table.Add(e)
}

func (j *Journal) publish(ctx context.Context, e order.Entry, opts []jetstream.PublishOpt) error {
	msg, err := message(e)
	if err != nil {
		return err
	}
	ack, err := j.js.PublishMsg(ctx, msg, opts...)
	if err != nil {
		return err
	}
	if ack.Duplicate || ack.Sequence != e.Seq {
		return fmt.Errorf("order %d is in the log already, as entry %d", e.ID, ack.Sequence)
	}
	return nil
}

// Settle finds out how an append ended that was left in doubt, so that Table
// tells the whole log.
func (j *Journal) Settle(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.settle(ctx)
}

func (j *Journal) settle(ctx context.Context) error {
	if !j.doubt {
		return nil
	}
	if err := j.catchUp(ctx); err != nil {
		return fmt.Errorf("reading the journal again: %w", err)
	}
	j.doubt = false
	return nil
}

// Reset makes entries, a log from 1, the whole log. A crash at any moment
// leaves the old log or the new one.
func (j *Journal) Reset(ctx context.Context, entries []order.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	base := snapshot.Snapshot{Entries: slices.Clone(entries)}
	base.Generation = j.generation + 1
	if err := base.Save(j.base); err != nil {
		return fmt.Errorf("replacing the journal: %w", err)
	}
	if err := j.attach(ctx, base); err != nil {
		return fmt.Errorf("replacing the journal: %w", err)
	}
	j.doubt = false
	return nil
}

// Table is the log in memory. It is always the same one.
func (j *Journal) Table() *order.Table { return j.table }

// First is the sequence number at which the stream begins; entries before it
// are in the base and cannot be read from the stream.
func (j *Journal) First() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.first
}
