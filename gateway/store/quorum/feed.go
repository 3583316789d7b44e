package quorum

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/drillctl/drillctl/gateway/store/journal"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/internal/mono"
)

// The reading of the own replica.
const (
	checkEvery = time.Second // whether something is there that nobody told of
	batchSize  = 500
	batchWait  = 500 * time.Millisecond
)

// errNoReplica says that no replica answered.
var errNoReplica = errors.New("no replica answers")

// feed keeps the table at the end of the own replica.
func (e *Engine) feed(ctx context.Context) error {
	told := make(chan *nats.Msg, 1024)
	sub, err := e.server.Conn.ChanSubscribe(republished, told)
	if err != nil {
		return fmt.Errorf("listening for committed orders: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection ends next
	check := time.NewTicker(checkEvery)
	defer check.Stop()
	for {
		missing := false
		select {
		case <-ctx.Done():
			return nil
		case msg := <-told:
			missing, err = e.take(msg)
		case <-e.kick:
			missing = true
		case <-check.C:
			missing = true
		}
		if err == nil && missing {
			err = e.fill(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// take adds a committed entry if it is the next, and says whether there are
// others before it.
func (e *Engine) take(msg *nats.Msg) (missing bool, err error) {
	seq, err := strconv.ParseUint(msg.Header.Get("Nats-Sequence"), 10, 64)
	if err != nil || seq <= e.taken {
		return false, nil // not of the stream, or known
	}
	if seq != e.taken+1 {
		return true, nil
	}
	return false, e.add(seq, msg.Data)
}

func (e *Engine) add(seq uint64, data []byte) error {
	var entry order.Entry
	if err := json.Unmarshal(data, &entry); err != nil {
		return fmt.Errorf("reading entry %d of the stream: %w", seq, err)
	}
	last := e.table.Last()
	entry.Seq = last.Seq + 1
	// Around a change of the lead an entry can come with the term before.
	entry.Epoch = max(entry.Epoch, last.Epoch)
	e.taken = seq
	return e.table.Add(entry)
}

// fill reads what is missing from the own replica, in batches.
func (e *Engine) fill(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := e.batch(ctx)
		if errors.Is(err, errNoReplica) {
			return nil // the next check tries again
		}
		if err != nil || n < batchSize {
			return err
		}
	}
	return nil
}

// batch reads up to batchSize entries by direct get (NATS ADR-31). A server
// answers its own clients from its own replica, if that is up to date.
func (e *Engine) batch(ctx context.Context) (n int, err error) {
	inbox := nats.NewInbox()
	sub, err := e.server.Conn.SubscribeSync(inbox)
	if err != nil {
		return 0, fmt.Errorf("reading the replica: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }() // it has served
	ask := fmt.Sprintf(`{"seq":%d,"batch":%d}`, e.taken+1, batchSize)
	if err := e.server.Conn.PublishRequest("$JS.API.DIRECT.GET."+journal.Stream, inbox, []byte(ask)); err != nil {
		return 0, fmt.Errorf("reading the replica: %w", err)
	}
	wait, cancel := context.WithTimeout(ctx, batchWait)
	defer cancel()
	for ; n < batchSize; n++ {
		msg, err := sub.NextMsgWithContext(wait)
		if err != nil {
			return n, errNoReplica
		}
		if msg.Header.Get("Status") != "" {
			return n, ended(msg)
		}
		seq, err := strconv.ParseUint(msg.Header.Get("Nats-Sequence"), 10, 64)
		if err != nil {
			return n, fmt.Errorf("reading the replica: sequence number: %w", err)
		}
		if err := e.add(seq, msg.Data); err != nil {
			return n, err
		}
	}
	return n, nil
}

// ended tells the end of a batch from the lack of a replica.
func ended(msg *nats.Msg) error {
	switch msg.Header.Get("Status") {
	case "204", "404": // end of batch, nothing there
		return nil
	}
	return errNoReplica
}

// complete waits until the table holds all that the stream holds: a leader that
// did not know of an order would store it twice.
func (e *Engine) complete(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	stream, err := (*e.js.Load()).Stream(ctx, journal.Stream)
	if err != nil {
		return fmt.Errorf("asking for the end of the stream: %w", err)
	}
	for want := stream.CachedInfo().State.Msgs; e.table.Last().Seq < want; _ = mono.Sleep(ctx, 5*time.Millisecond) {
		if ctx.Err() != nil {
			return fmt.Errorf("reading the own replica: %w", ctx.Err())
		}
		select {
		case e.kick <- struct{}{}:
		default:
		}
	}
	return nil
}
