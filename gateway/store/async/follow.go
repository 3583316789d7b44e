package async

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/drillctl/drillctl/gateway/store/elect"
	"github.com/drillctl/drillctl/gateway/store/journal"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/room"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/internal/mono"
)

// farBehind is the number of missing entries from which on it is faster to take
// the whole log at once than entry by entry, each with its sync to disk.
const farBehind = 1000

// retryEvery is the pause after copying broke off.
const retryEvery = 100 * time.Millisecond

// follow copies the leader's log until ctx ends.
func (e *Engine) follow(ctx context.Context, view elect.View) {
	e.fence("another region leads") // only the bug split-brain gets here unfenced
	e.settled()
	e.led.Store(false)
	for _, p := range e.config.Peers {
		if p.Name == view.Leader {
			e.copyFrom(ctx, p, view.Epoch)
		}
	}
	e.source.Store("")
}

func (e *Engine) copyFrom(ctx context.Context, p Peer, epoch uint64) {
	e.source.Store(p.Region)
	if e.config.Backups.Every > 0 {
		<-ctx.Done() // backups come by themselves: Receive
		return
	}
	if e.config.Copying.Every > 0 {
		e.awaitEvents(ctx, p, epoch)
		return
	}
	var told string
	for ctx.Err() == nil {
		err := e.copyOnce(ctx, p, epoch)
		if err != nil && ctx.Err() == nil && !transient(err) && err.Error() != told {
			told = err.Error()
			e.note(told)
		}
		_ = mono.Sleep(ctx, retryEvery)
	}
}

// errNotOpen says that the elected leader does not lead yet.
var errNotOpen = errors.New("the leader has not opened its log yet")

// transient tells what partitions and restarts bring with them from the rest,
// which somebody should read.
func transient(err error) bool {
	return !errors.Is(err, snapshot.ErrCorrupt) && !errors.Is(err, journal.ErrGap) && !errors.Is(err, room.ErrFull)
}

// copyOnce makes the own log a beginning of the leader's, then copies what
// comes until something breaks.
func (e *Engine) copyOnce(ctx context.Context, p Peer, epoch uint64) error {
	if e.config.Disk.Refuses() {
		return fmt.Errorf("copying from %s: %w", p.Name, room.ErrFull)
	}
	head, err := p.head(ctx, copyWait)
	if err != nil {
		return err
	}
	if !head.Leads || head.Epoch != epoch {
		return fmt.Errorf("copying from %s: %w", p.Name, errNotOpen)
	}
	if err := e.align(ctx, p, head); err != nil {
		return err
	}
	conn, err := nats.Connect("nats://"+p.NATS.String(), nats.Timeout(copyWait), nats.NoReconnect(),
		nats.PingInterval(500*time.Millisecond), nats.MaxPingsOutstanding(2), nats.Name(e.config.Name))
	if err != nil {
		return fmt.Errorf("copying from %s: %w", p.Name, err)
	}
	defer conn.Close()
	return e.ship(ctx, p, conn)
}

// align replaces the own log when it has what the leader's has not, or too
// little of it.
func (e *Engine) align(ctx context.Context, p Peer, head snapshot.Snapshot) error {
	last := e.journal.Table().Last().Seq
	common := order.Common(e.journal.Table().Spans(), head.Spans)
	if last == common && head.End().Seq-last <= farBehind && last+1 >= head.First {
		return nil
	}
	whole, err := p.log(ctx, 0)
	if err != nil {
		return err
	}
	if !whole.Leads || whole.Epoch != head.Epoch {
		return fmt.Errorf("copying from %s: %w", p.Name, errNotOpen)
	}
	return e.replace(ctx, whole)
}

// ship copies entry by entry.
func (e *Engine) ship(ctx context.Context, p Peer, conn *nats.Conn) error {
	js, err := jetstream.New(conn)
	if err != nil {
		return fmt.Errorf("copying from %s: %w", p.Name, err)
	}
	for {
		ask, cancel := context.WithTimeout(ctx, copyWait)
		stream, err := js.Stream(ask, journal.Stream)
		cancel()
		if err != nil {
			return fmt.Errorf("copying from %s: %w", p.Name, err)
		}
		until := uint64(headOnly)
		if e.config.Late > 0 {
			until = stream.CachedInfo().State.LastSeq
			_ = mono.Sleep(ctx, e.config.Late)
		}
		if from := e.journal.Table().Last().Seq + 1; from <= until {
			err = journal.Tail(ctx, stream, from, func(entry order.Entry, behind uint64) (bool, error) {
				err := e.append(ctx, entry)
				e.lag.Store(behind)
				return entry.Seq < until, err
			})
		}
		if err != nil {
			return fmt.Errorf("copying from %s: %w", p.Name, err)
		}
	}
}
