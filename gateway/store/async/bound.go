package async

import (
	"context"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/internal/mono"
)

// boundEvery is how often a leader asks how far the others are.
const boundEvery = 100 * time.Millisecond

// A bound keeps a leader from running away from the regions that copy its log:
// bounded staleness, which makes the recovery point of asynchronous replication
// a promise. (Terry, "Replicated Data Consistency Explained Through Baseball",
// CACM 56(12), 2013; the bounded staleness level of Azure Cosmos DB.)
type bound struct {
	most time.Duration // an entry may be here only; 0 is no limit

	mu    sync.Mutex
	marks []mark            // own entries that some peer lacks, ascending
	held  map[string]uint64 // the last entry that a peer is known to have, by name
	late  map[string]bool   // peers that are behind by more than most
}

// A mark is when an entry was appended.
type mark struct {
	seq uint64
	at  time.Duration
}

// reset begins a reign: nothing is known of the others yet.
func (b *bound) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.marks, b.held, b.late = nil, map[string]uint64{}, map[string]bool{}
}

func (b *bound) appended(seq uint64, at time.Duration) {
	if b.most == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.marks = append(b.marks, mark{seq, at})
}

// ahead is for how long the newest entries have been nowhere but here.
func (b *bound) ahead(now time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	var best uint64
	for _, seq := range b.held {
		best = max(best, seq)
	}
	return b.age(best, now)
}

// age is how long the oldest entry behind seq has been there.
func (b *bound) age(seq uint64, now time.Duration) time.Duration {
	for _, m := range b.marks {
		if m.seq > seq {
			return now - m.at
		}
	}
	return 0
}

// over says that writes have to wait for the others.
func (b *bound) over(now time.Duration) bool { return b.most > 0 && b.ahead(now) > b.most }

// heard takes in how far a peer is: one that did not answer, with 0, is where it was.
// changed says that it has fallen behind, or has caught up, since.
func (b *bound) heard(p Peer, seq uint64, peers []Peer, now time.Duration) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held[p.Name] = max(b.held[p.Name], seq)
	least := b.held[p.Name]
	for _, other := range peers {
		least = min(least, b.held[other.Name])
	}
	is := b.age(b.held[p.Name], now) > b.most
	changed = is != b.late[p.Name]
	b.late[p.Name] = is
	b.trim(least, now)
	return changed
}

// trim forgets what all peers have, and of what is too old in any case all but the
// newest: whoever lacks an older entry lacks that one, too.
func (b *bound) trim(least uint64, now time.Duration) {
	for len(b.marks) > 0 && b.marks[0].seq <= least {
		b.marks = b.marks[1:]
	}
	for len(b.marks) > 1 && b.marks[1].at < now-2*b.most {
		b.marks = b.marks[1:]
	}
}

func (b *bound) isLate(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.late[name]
}

// keepBound asks the peers how far they are until ctx ends.
func (e *Engine) keepBound(ctx context.Context) {
	if e.bound.most > 0 {
		e.bound.follow(ctx, e.config.Peers, e.end, e.lagging)
	}
}

// follow asks each peer on its own: one that is silent must not delay what the others
// have to say, for writes wait for the first that has them.
func (b *bound) follow(ctx context.Context, peers []Peer, end func(context.Context, Peer) uint64, tell func(Peer, bool)) {
	var all sync.WaitGroup
	for _, p := range peers {
		all.Go(func() {
			tick := time.NewTicker(boundEvery)
			defer tick.Stop()
			for ctx.Err() == nil {
				if b.heard(p, end(ctx, p), peers, mono.Now()) {
					tell(p, b.isLate(p.Name))
				}
				select {
				case <-ctx.Done():
				case <-tick.C:
				}
			}
		})
	}
	all.Wait()
}

// end is the last entry of this log that the peer has, 0 if it does not say.
func (e *Engine) end(ctx context.Context, p Peer) uint64 {
	head, err := p.head(ctx, headWait)
	if err != nil {
		return 0
	}
	return order.Common(e.journal.Table().Spans(), head.Spans)
}

func (e *Engine) lagging(p Peer, late bool) {
	to, note := drill.Healthy, "its copy has caught up"
	if late {
		to, note = drill.Unhealthy, "its copy is more than "+e.bound.most.String()+" behind"
	}
	e.copyHealth(p, to, note)
}

// copyHealth tells how the copy of a region is.
func (e *Engine) copyHealth(p Peer, to, note string) {
	e.events.Event(drill.KindHealth, p.Name, p.Region, map[string]string{"to": to, "by": e.config.Name, "via": "replication"}, note)
}
