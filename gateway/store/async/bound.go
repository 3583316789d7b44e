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

// heard takes in how far the peers are: those that did not answer are where they
// were. It returns those that have fallen behind, or have caught up, since.
func (b *bound) heard(ends map[string]uint64, peers []Peer, now time.Duration) (changed []Peer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, seq := range ends {
		b.held[name] = max(b.held[name], seq)
	}
	least := b.held[peers[0].Name]
	for _, p := range peers {
		seq := b.held[p.Name]
		least = min(least, seq)
		if is := b.age(seq, now) > b.most; is != b.late[p.Name] {
			b.late[p.Name] = is
			changed = append(changed, p)
		}
	}
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
	if e.bound.most == 0 {
		return
	}
	tick := time.NewTicker(boundEvery)
	defer tick.Stop()
	for {
		for _, p := range e.bound.heard(e.ends(ctx), e.config.Peers, mono.Now()) {
			e.lagging(p, e.bound.isLate(p.Name))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ends are the last entries of this log that the peers have.
func (e *Engine) ends(ctx context.Context) map[string]uint64 {
	out := map[string]uint64{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, p := range e.config.Peers {
		all.Go(func() {
			head, err := p.head(ctx, headWait)
			if err != nil {
				return // where it was when it answered last
			}
			mu.Lock()
			defer mu.Unlock()
			out[p.Name] = order.Common(e.journal.Table().Spans(), head.Spans)
		})
	}
	all.Wait()
	return out
}

func (e *Engine) lagging(p Peer, late bool) {
	to, note := drill.Healthy, "its copy has caught up"
	if late {
		to, note = drill.Unhealthy, "its copy is more than "+e.bound.most.String()+" behind"
	}
	e.events.Event(drill.KindHealth, p.Name, p.Region, map[string]string{"to": to, "by": e.config.Name, "via": "replication"}, note)
}
