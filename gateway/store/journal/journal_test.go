package journal

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/drillctl/drillctl/gateway/store/jet"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// open starts a server on dir and opens its journal; close ends both.
func open(t *testing.T, dir string) (j *Journal, close func()) {
	t.Helper()
	js, err := jet.Start(t.Context(), jet.Options{Name: "n", Dir: filepath.Join(dir, "nats"), Listen: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	j, err = Open(t.Context(), js.Conn, dir)
	if err != nil {
		js.Stop()
		t.Fatal(err)
	}
	return j, js.Stop
}

func add(t *testing.T, j *Journal, epoch uint64, ids ...order.ID) {
	t.Helper()
	for _, id := range ids {
		if _, err := j.Append(t.Context(), order.Entry{Epoch: epoch, Order: order.Order{ID: id}}); err != nil {
			t.Fatal(err)
		}
	}
}

func content(j *Journal) (ids []order.ID) {
	for _, e := range j.Table().After(0) {
		ids = append(ids, e.ID)
	}
	return ids
}

func same(t *testing.T, j *Journal, want ...order.ID) {
	t.Helper()
	got := content(j)
	if len(got) != len(want) {
		t.Fatalf("the journal holds %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("the journal holds %v, want %v", got, want)
		}
	}
}

func TestJournalSurvives(t *testing.T) {
	dir := t.TempDir()
	j, end := open(t, dir)
	add(t, j, 1, 10, 11)
	if _, err := j.Append(t.Context(), order.Entry{Seq: 4, Epoch: 1}); !errors.Is(err, ErrGap) {
		t.Errorf("entry 4 after 2: %v, want ErrGap", err)
	}
	if _, err := j.Append(t.Context(), order.Entry{Seq: 3, Epoch: 2, Order: order.Order{ID: 12}}); err != nil {
		t.Error(err)
	}
	end()
	j, end = open(t, dir)
	same(t, j, 10, 11, 12)
	if err := j.Reset(t.Context(), j.Table().After(0)[:2]); err != nil {
		t.Fatal(err)
	}
	same(t, j, 10, 11)
	add(t, j, 3, 12, 13) // 12 once more: the old stream and what it knew is gone
	if got := j.First(); got != 3 {
		t.Errorf("the stream begins at %d, want 3", got)
	}
	end()
	j, end = open(t, dir)
	defer end()
	same(t, j, 10, 11, 12, 13)
}

// A crash after the new base was written, before the stream was made anew.
func TestJournalResetKilledHalfWay(t *testing.T) {
	dir := t.TempDir()
	j, end := open(t, dir)
	add(t, j, 1, 10, 11, 12)
	end()
	base := snapshot.Snapshot{Header: snapshot.Header{Generation: 1}, Entries: []order.Entry{{Seq: 1, Epoch: 1, Order: order.Order{ID: 10}}}}
	if err := base.Save(filepath.Join(dir, "base")); err != nil {
		t.Fatal(err)
	}
	j, end = open(t, dir)
	same(t, j, 10)
	add(t, j, 2, 20)
	end()
	j, end = open(t, dir)
	defer end()
	same(t, j, 10, 20)
}

// A refusing is a server that cannot make the files of a stream for a while.
type refusing struct {
	jetstream.JetStream
	left int
}

func (r *refusing) CreateStream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	if r.left--; r.left >= 0 {
		return nil, &jetstream.APIError{Code: 500, ErrorCode: storeFailed, Description: "error creating store for stream"}
	}
	return r.JetStream.CreateStream(ctx, c)
}

// A log that is replaced is the new one also when the files of the old one are still
// in the way.
func TestJournalResetWhileFilesAreInTheWay(t *testing.T) {
	j, end := open(t, t.TempDir())
	defer end()
	add(t, j, 1, 10, 11, 12)
	j.js = &refusing{j.js, 2}
	if err := j.Reset(t.Context(), j.Table().After(0)[:2]); err != nil {
		t.Fatal(err)
	}
	add(t, j, 2, 20)
	same(t, j, 10, 11, 20)
}

func TestJournalDamagedBase(t *testing.T) {
	dir := t.TempDir()
	js, err := jet.Start(t.Context(), jet.Options{Name: "n", Dir: dir, Listen: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	defer js.Stop()
	if err := os.WriteFile(filepath.Join(dir, "base"), []byte("{}\n[]"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), js.Conn, dir); !errors.Is(err, snapshot.ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
}

// An append whose outcome is not known is found out about before the next one.
func TestJournalDoubt(t *testing.T) {
	j, end := open(t, t.TempDir())
	defer end()
	add(t, j, 1, 10)
	msg, err := message(order.Entry{Seq: 2, Epoch: 1, Order: order.Order{ID: 11}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.js.PublishMsg(t.Context(), msg); err != nil { // as if the answer had been lost
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), order.Entry{Epoch: 1, Order: order.Order{ID: 12}}); err == nil {
		t.Fatal("an entry took a place that is taken")
	}
	if err := j.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, j, 10, 11)
	add(t, j, 1, 12)
	same(t, j, 10, 11, 12)
}

func TestTailStops(t *testing.T) {
	j, end := open(t, t.TempDir())
	defer end()
	add(t, j, 1, 10, 11)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var got []order.ID
	err := Tail(ctx, j.stream, 2, func(e order.Entry, behind uint64) (bool, error) {
		if got = append(got, e.ID); behind != 0 {
			t.Errorf("%d entries behind the last", behind)
		}
		return true, nil
	})
	if !errors.Is(err, context.DeadlineExceeded) || len(got) != 1 || got[0] != 11 {
		t.Errorf("got %v, %v", got, err)
	}
}
