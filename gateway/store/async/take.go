package async

import (
	"context"
	"fmt"

	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/gateway/store/state"
	"github.com/drillctl/drillctl/internal/mono"
)

// Taken is the answer to a batch.
type Taken struct {
	Last uint64 `json:"last"` // the event up to which the copier holds all
}

// awaitEvents makes the own log a beginning of the leader's and lets events come.
func (e *Engine) awaitEvents(ctx context.Context, p Peer, epoch uint64) {
	for ctx.Err() == nil {
		err := e.alignTo(ctx, p, epoch)
		if err == nil {
			<-ctx.Done()
			return
		}
		if !transient(err) {
			e.note(err.Error())
		}
		_ = mono.Sleep(ctx, retryEvery)
	}
}

func (e *Engine) alignTo(ctx context.Context, p Peer, epoch uint64) error {
	head, err := p.head(ctx, copyWait)
	if err != nil {
		return err
	}
	if !head.Leads || head.Epoch != epoch {
		return fmt.Errorf("copying from %s: %w", p.Name, errNotOpen)
	}
	e.taking.Lock()
	defer e.taking.Unlock()
	if err := e.align(ctx, p, head); err != nil {
		return err
	}
	e.aligned.Store(epoch)
	return nil
}

// Take is the copier: it appends the events that are next, passes over those that
// it has, and answers how far it is. It answers state.ErrStale to a leader that it
// does not follow, or not yet.
func (e *Engine) Take(ctx context.Context, s snapshot.Snapshot) (Taken, error) {
	e.taking.Lock()
	defer e.taking.Unlock()
	if view := e.elect.View(); view.Leading || s.Epoch != view.Epoch || s.Epoch != e.aligned.Load() {
		return Taken{}, fmt.Errorf("events of epoch %d, now is %d: %w", s.Epoch, view.Epoch, state.ErrStale)
	}
	for _, entry := range s.Entries {
		last := e.journal.Table().Last().Seq
		if entry.Seq > last+1 {
			break // the answer says from where on to send again
		}
		if entry.Seq <= last {
			continue
		}
		if err := e.append(ctx, entry); err != nil {
			return Taken{}, err
		}
	}
	last := e.journal.Table().Last().Seq
	e.lag.Store(s.End().Seq - min(last, s.End().Seq))
	return Taken{Last: last}, nil
}
