package async

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/drillctl/drillctl/gateway/store/copies"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// Backups says where copies of the log are kept, and how they are looked after.
type Backups struct {
	Every time.Duration // between two backups; 0 means none
	Check time.Duration // between two looks at all of them
	// Places are the cupboards of all stores and object stores; of backups of the
	// same age a restore takes that of the first. One is the own.
	Places []copies.Place
	Own    *copies.Cupboard
	// The bugs of those names.
	NoOffsite, Blind, Unchecked bool
}

// backUp puts the whole log into the places, at once and then every Every, and
// looks after what is there.
func (e *Engine) backUp(ctx context.Context, epoch uint64) {
	tick := time.NewTicker(e.config.Backups.Every)
	defer tick.Stop()
	e.backUpOnce(ctx, epoch)
	var looking sync.WaitGroup
	defer looking.Wait()
	looking.Go(func() { e.lookAfter(ctx) })
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.backUpOnce(ctx, epoch)
		}
	}
}

func (e *Engine) backUpOnce(ctx context.Context, epoch uint64) {
	s := e.Log(0)
	s.Epoch = epoch
	text, err := s.Encode()
	if err == nil && e.config.Backups.NoOffsite {
		err = e.config.Backups.Own.Put(s)
	}
	if err != nil {
		e.note("backup: " + err.Error())
	}
	if err == nil {
		e.sendAll(ctx, text)
	}
}

// sendAll gives up on a place when the next backup is due.
func (e *Engine) sendAll(ctx context.Context, text []byte) {
	var all sync.WaitGroup
	for _, p := range e.targets() {
		all.Go(func() {
			// A place that cannot be reached now gets the next one; whoever looks
			// after it sees how old its newest is.
			_ = p.Send(ctx, text, max(e.config.Backups.Every, time.Second))
		})
	}
	all.Wait()
}

// targets are the places that get backups: all but the leader's own.
func (e *Engine) targets() []copies.Place {
	var out []copies.Place
	for _, p := range e.config.Backups.Places {
		if p.Own == nil && !e.config.Backups.NoOffsite {
			out = append(out, p)
		}
	}
	return out
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
	if err := e.config.Backups.Own.Put(s); err != nil {
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
	if e.config.Backups.Every == 0 {
		return nil
	}
	s, err := e.config.Backups.Own.Newest()
	if err != nil || !order.Newer(s.Last(), e.journal.Table().Last()) {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shadow = order.NewTable()
	return e.shadow.Replace(s.Entries)
}
