package async

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/gateway/store/copies"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/internal/mono"
)

// The times that places are given while all wait for a restore.
const (
	listWait = 400 * time.Millisecond
	readWait = 5 * time.Second
)

// listTries is how often places are asked again when none of them showed a backup
// and one did not answer: to open with nothing is the last resort.
const listTries = 3

// A candidate is a backup that may be restored.
type candidate struct {
	place copies.Place
	copies.Copy
}

// restore makes the newest whole backup of all places the log, unless the own log
// is newer.
func (e *Engine) restore(ctx context.Context) error {
	e.sick = map[string]bool{}
	s, from, err := e.newestWhole(ctx) // without the lock: reads go on meanwhile
	e.mu.Lock()
	defer e.mu.Unlock()
	if order.Newer(s.Last(), e.journal.Table().Last()) {
		if bad := e.replace(ctx, s); bad != nil {
			return errors.Join(err, bad)
		}
		e.note(fmt.Sprintf("restored %d orders from a backup of epoch %d: %s of %s", len(s.Entries), s.Epoch, from.Name, from.place))
	}
	e.shadow = nil // from here on the log itself
	return err
}

// newestWhole passes over what is damaged or missing, and tells.
func (e *Engine) newestWhole(ctx context.Context) (snapshot.Snapshot, candidate, error) {
	var errs error
	for _, c := range e.candidates(ctx) {
		s, err := e.fetch(ctx, c)
		if err == nil {
			return s, c, nil
		}
		e.judge(c.place, err)
		e.note(fmt.Sprintf("backup %s of %s is passed over: %v", c.Name, c.place, err))
		errs = errors.Join(errs, err)
	}
	return snapshot.Snapshot{}, candidate{}, errs
}

func (e *Engine) fetch(ctx context.Context, c candidate) (snapshot.Snapshot, error) {
	if !e.config.Backups.Blind {
		return c.place.Open(ctx, c.Copy, readWait)
	}
	text, err := c.place.Read(ctx, c.Name, readWait)
	return snapshot.Salvage(text), err
}

// candidates are the backups of all places that answer, newest first; of the same
// age in the order of the places.
func (e *Engine) candidates(ctx context.Context) []candidate {
	var all []candidate
	for try := 0; try < listTries && len(all) == 0 && ctx.Err() == nil; try++ {
		var silent bool
		if all, silent = e.listAll(ctx); len(all) == 0 && !silent {
			return nil
		}
		if len(all) == 0 {
			_ = mono.Sleep(ctx, 100*time.Millisecond)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return strings.Compare(b.Name, a.Name) })
	return all
}

// listAll asks all places at once.
func (e *Engine) listAll(ctx context.Context) (all []candidate, silent bool) {
	places := e.config.Backups.Places
	lists, errs := make([][]copies.Copy, len(places)), make([]error, len(places))
	var wg sync.WaitGroup
	for i, p := range places {
		wg.Go(func() { lists[i], errs[i] = p.List(ctx, listWait) })
	}
	wg.Wait()
	for i, list := range lists {
		for _, c := range list {
			all = append(all, candidate{places[i], c})
		}
	}
	return all, errors.Join(errs...) != nil
}
