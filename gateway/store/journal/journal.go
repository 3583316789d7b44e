// Package journal keeps one region's log on disk: a base file that holds the
// log's beginning, if it was ever replaced as a whole, and behind it a JetStream
// stream with one message per entry, at equal sequence numbers.
//
// The base file is what decides. Replacing the log writes the new base (one
// atomic rename, the point of no return) and then makes a new stream that is
// marked with the base's generation. A stream of another generation is what a
// crash left over, and Open deletes it.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/internal/mono"
)

// Stream is the name of the stream, Subject that of its one subject and
// EpochHeader the message header that holds an entry's epoch.
const (
	Stream      = "ORDERS"
	Subject     = "orders"
	EpochHeader = "Drill-Epoch"
)

// ErrGap says that an entry is not the successor of the last one.
var ErrGap = errors.New("not the next entry of the log")

// A Journal is a log on disk that is also held in memory. It is safe for
// concurrent use.
type Journal struct {
	js    jetstream.JetStream
	base  string
	table *order.Table

	mu         sync.Mutex
	stream     jetstream.Stream
	generation uint64
	first      uint64 // sequence number at which the stream begins
	doubt      bool   // an append ended unknown: the stream may be ahead of the table
}

// Open reads the log below dir, with the stream of the server that conn leads
// to. A damaged base is ErrCorrupt of package snapshot.
func Open(ctx context.Context, conn *nats.Conn, dir string) (*Journal, error) {
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	j := &Journal{js: js, base: filepath.Join(dir, "base"), table: order.NewTable()}
	base, err := snapshot.Load(j.base)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	if err := j.attach(ctx, base); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	return j, nil
}

// attach finds or makes the stream that continues base, and reads both.
func (j *Journal) attach(ctx context.Context, base snapshot.Snapshot) error {
	stream, err := j.js.Stream(ctx, Stream)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		stream, err = j.create(ctx, base)
	case err == nil && stream.CachedInfo().Config.Metadata["generation"] != mark(base):
		stream, err = j.recreate(ctx, base)
	}
	if err != nil {
		return err
	}
	if err := j.table.Replace(base.Entries); err != nil {
		return err
	}
	j.stream, j.generation, j.first = stream, base.Generation, base.Last().Seq+1
	return j.catchUp(ctx)
}

func mark(base snapshot.Snapshot) string { return strconv.FormatUint(base.Generation, 10) }

func (j *Journal) recreate(ctx context.Context, base snapshot.Snapshot) (jetstream.Stream, error) {
	if err := j.js.DeleteStream(ctx, Stream); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("deleting the stream of an older generation: %w", err)
	}
	return j.create(ctx, base)
}

// storeFailed is JetStream's code of a stream whose files could not be made. For a
// moment that may be so because those of the stream before are still on their way out.
const storeFailed jetstream.ErrorCode = 10049

const (
	createTries = 20
	createEvery = 50 * time.Millisecond
)

func (j *Journal) create(ctx context.Context, base snapshot.Snapshot) (stream jetstream.Stream, err error) {
	for try := range createTries {
		stream, err = j.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: Stream, Subjects: []string{Subject}, Storage: jetstream.FileStorage,
			FirstSeq: base.Last().Seq + 1, DenyDelete: true,
			Metadata: map[string]string{"generation": mark(base)},
		})
		var api *jetstream.APIError
		if !errors.As(err, &api) || api.ErrorCode != storeFailed || try == createTries-1 || mono.Sleep(ctx, createEvery) != nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("creating the stream: %w", err)
	}
	return stream, nil
}

// catchUp reads what the stream holds beyond the table.
func (j *Journal) catchUp(ctx context.Context) error {
	info, err := j.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("asking for the stream's end: %w", err)
	}
	from, to := j.table.Last().Seq+1, info.State.LastSeq
	if from > to {
		return nil
	}
	return Tail(ctx, j.stream, from, func(e order.Entry, _ uint64) (bool, error) {
		return e.Seq < to, j.table.Add(e)
	})
}

// message is the entry's form in the stream.
func message(e order.Entry) (*nats.Msg, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encoding entry %d: %w", e.Seq, err)
	}
	msg := nats.NewMsg(Subject)
	msg.Data = data
	msg.Header.Set(EpochHeader, strconv.FormatUint(e.Epoch, 10))
	return msg, nil
}
