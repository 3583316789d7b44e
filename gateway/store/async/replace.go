package async

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/room"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/internal/mono"
)

// replace makes log the own log, after it has put what is only here into
// quarantine. A crash between the two repeats the quarantine, which is harmless.
func (e *Engine) replace(ctx context.Context, log snapshot.Snapshot) error {
	if err := e.isolate(log); err != nil {
		return err
	}
	return e.journal.Reset(ctx, log.Entries)
}

// isolate puts the own entries whose orders are not in log into quarantine.
func (e *Engine) isolate(log snapshot.Snapshot) error {
	there := make(map[order.ID]bool, len(log.Entries))
	for _, entry := range log.Entries {
		there[entry.ID] = true
	}
	only := slices.DeleteFunc(slices.Clone(e.journal.Table().After(0)), func(entry order.Entry) bool { return there[entry.ID] })
	if len(only) == 0 || e.config.SplitBrain {
		return nil
	}
	s := snapshot.Snapshot{Header: snapshot.Header{Region: e.config.Region, Epoch: only[len(only)-1].Epoch, Taken: int64(mono.Now())}, Entries: only}
	if err := e.quarantine.Put(s); err != nil {
		return fmt.Errorf("putting %d entries into quarantine: %w", len(only), err)
	}
	orders, keys := tally(only)
	e.events.Event(drill.KindNote, e.config.Name, e.config.Region, map[string]string{"divergent": strconv.Itoa(orders), "divergent-keys": strconv.Itoa(keys)}, told(orders, keys))
	return nil
}

// tally counts orders, and API keys of tenants, which go with them.
func tally(entries []order.Entry) (orders, keys int) {
	for _, entry := range entries {
		if entry.Tenant != nil {
			keys++
		} else {
			orders++
		}
	}
	return orders, keys
}

// told says what is in quarantine, where GET /divergent lists the orders.
func told(orders, keys int) string {
	what := numbered(orders, "order")
	if keys > 0 {
		what += " and " + numbered(keys, "API key")
	}
	return what + " that no other region has: in quarantine (GET /divergent lists orders)"
}

func numbered(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Divergent lists the orders in quarantine, ascending, each once. Those that
// clients have stored again since are left out.
func (e *Engine) Divergent() ([]order.ID, error) {
	all, err := e.quarantine.All()
	ids := []order.ID{}
	for _, s := range all {
		for _, entry := range s.Entries {
			if _, again := e.Table().Get(entry.ID); !again && entry.Tenant == nil {
				ids = append(ids, entry.ID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// adopt takes over the newest log of the stores that answer now.
func (e *Engine) adopt(ctx context.Context) error {
	if e.config.Disk.Refuses() {
		return room.ErrFull
	}
	best, head := e.newest(ctx)
	if !order.Newer(head.End(), e.journal.Table().Last()) {
		return nil
	}
	common := order.Common(e.journal.Table().Spans(), head.Spans)
	tail, err := best.log(ctx, common)
	if err != nil {
		return err
	}
	if common == e.journal.Table().Last().Seq && len(tail.Entries) <= farBehind {
		for _, entry := range tail.Entries {
			if _, err := e.journal.Append(ctx, entry); err != nil {
				return err
			}
		}
		return nil
	}
	tail.Entries = slices.Concat(e.journal.Table().After(0)[:common], tail.Entries)
	return e.replace(ctx, tail)
}

// newest asks all peers at once for the ends of their logs.
func (e *Engine) newest(ctx context.Context) (best Peer, head snapshot.Snapshot) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, p := range e.config.Peers {
		all.Go(func() {
			got, err := p.head(ctx, headWait)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && order.Newer(got.End(), head.End()) {
				best, head = p, got
			}
		})
	}
	all.Wait()
	return best, head
}

// Log is the own log behind after, for other stores.
func (e *Engine) Log(after uint64) snapshot.Snapshot {
	epoch, leads := e.mayWrite()
	table := e.journal.Table()
	s := snapshot.Snapshot{Header: snapshot.Header{Region: e.config.Region, Epoch: epoch, Leads: leads,
		Taken: int64(mono.Now()), First: e.journal.First(), Spans: table.Spans()}}
	s.Entries = table.After(after)
	return s
}
