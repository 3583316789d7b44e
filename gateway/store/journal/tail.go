package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/drillctl/drillctl/gateway/store/order"
)

// Take receives one entry and the number of those behind it that are there
// already. It says whether it wants more.
type Take func(e order.Entry, behind uint64) (more bool, err error)

// Tail reads a journal's stream, of this or of another region, from the entry
// numbered from onwards, in order, and waits for more at its end. It returns
// when take says that it wants no more or returns an error, and when the
// stream's server is silent for a second.
func Tail(ctx context.Context, stream jetstream.Stream, from uint64, take Take) error {
	// Not the library's ordered consumer: its own retries wait for up to 10 s
	// and heed no context. The gap check below is all that is needed of it.
	consumer, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: 5 * time.Second})
	if err != nil {
		return fmt.Errorf("reading the stream from %d: %w", from, err)
	}
	messages, err := consumer.Messages(jetstream.PullHeartbeat(500*time.Millisecond), jetstream.PullExpiry(5*time.Second))
	if err != nil {
		return fmt.Errorf("reading the stream from %d: %w", from, err)
	}
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)()
	for next := from; ; next++ {
		msg, err := messages.Next()
		if err != nil {
			return errors.Join(ctx.Err(), fmt.Errorf("reading entry %d of the stream: %w", next, err))
		}
		e, behind, err := decode(msg)
		if err == nil && e.Seq != next {
			err = fmt.Errorf("reading entry %d of the stream: got %d: %w", next, e.Seq, ErrGap)
		}
		if err != nil {
			return err
		}
		if more, err := take(e, behind); err != nil || !more {
			return err
		}
	}
}

func decode(msg jetstream.Msg) (e order.Entry, behind uint64, err error) {
	meta, err := msg.Metadata()
	if err != nil {
		return e, 0, fmt.Errorf("reading the stream: %w", err)
	}
	if err := json.Unmarshal(msg.Data(), &e); err != nil {
		return e, 0, fmt.Errorf("reading entry %d of the stream: %w", meta.Sequence.Stream, err)
	}
	if e.Seq != meta.Sequence.Stream {
		return e, 0, fmt.Errorf("reading entry %d of the stream: it calls itself %d", meta.Sequence.Stream, e.Seq)
	}
	return e, meta.NumPending, nil
}
