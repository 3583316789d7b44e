package async

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// backUp sends the whole log to the other regions, at once and then every
// BackupEvery.
func (e *Engine) backUp(ctx context.Context, epoch uint64) {
	tick := time.NewTicker(e.config.BackupEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		s := e.Log(0)
		s.Epoch = epoch
		if text, err := s.Encode(); err != nil {
			e.note("backup: " + err.Error())
		} else {
			e.sendAll(ctx, text)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// sendAll gives up on a peer when the next backup is due.
func (e *Engine) sendAll(ctx context.Context, text []byte) {
	var all sync.WaitGroup
	for _, p := range e.config.Peers {
		all.Go(func() {
			// A region that cannot be reached now gets the next one; the drill
			// measures by the age of what is restored.
			_ = p.send(ctx, text, max(e.config.BackupEvery, time.Second))
		})
	}
	all.Wait()
}

// Receive keeps a backup that the leader sent. It answers state.ErrStale if a
// newer leader is known, or if this store leads itself.
func (e *Engine) Receive(ctx context.Context, s snapshot.Snapshot) error {
	if view := e.elect.View(); view.Leading || s.Epoch < view.Epoch {
		return fmt.Errorf("backup of epoch %d, now is %d: %w", s.Epoch, view.Epoch, state.ErrStale)
	}
	fresh := order.NewTable()
	if err := fresh.Replace(s.Entries); err != nil {
		return fmt.Errorf("backup: %w: %w", snapshot.ErrCorrupt, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.backups.Put(s); err != nil {
		return err
	}
	e.shadow = fresh
	return e.retire(ctx, s)
}

// retire drops the log of a leader of old times when a backup shows that
// history went on without it.
func (e *Engine) retire(ctx context.Context, s snapshot.Snapshot) error {
	if e.reign.Load() != 0 || order.Common(e.journal.Table().Spans(), s.Spans) == e.journal.Table().Last().Seq {
		return nil
	}
	return e.replace(ctx, s)
}

// Remember shows reads the newest backup that an earlier run of this store kept.
func (e *Engine) Remember() error {
	if e.config.BackupEvery == 0 {
		return nil
	}
	s, _, err := e.backups.Newest()
	if err != nil || !order.Newer(s.Last(), e.journal.Table().Last()) {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shadow = order.NewTable()
	return e.shadow.Replace(s.Entries)
}

// restore makes the newest whole backup the log, unless the own log is newer.
func (e *Engine) restore(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, damaged, err := e.backups.Newest()
	if len(damaged) > 0 {
		e.note("backups passed over as damaged: " + strings.Join(damaged, ", "))
	}
	if err == nil && order.Newer(s.Last(), e.journal.Table().Last()) {
		if err = e.replace(ctx, s); err == nil {
			e.note(fmt.Sprintf("restored %d orders from a backup of epoch %d", len(s.Entries), s.Epoch))
		}
	}
	e.shadow = nil // from here on the log itself
	return err
}
