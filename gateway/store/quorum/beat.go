package quorum

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/store/jet"
	"github.com/drillctl/drillctl/gateway/store/journal"
	"github.com/drillctl/drillctl/gateway/store/room"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// The times by which stores know of each other.
const (
	lookEvery = 100 * time.Millisecond // at the own server: does it lead?
	beatEvery = 200 * time.Millisecond // a word to the others
	silence   = time.Second            // a store that is not heard for this long counts as gone
)

const beatSubject = "drill.beat"

// A beat is what a store tells the others several times a second.
type beat struct {
	Name  string    `json:"name"`
	Epoch uint64    `json:"epoch"` // in which it leads; 0 if it does not
	at    time.Time // of arrival
}

func (e *Engine) listen() (*nats.Subscription, error) {
	sub, err := e.server.Conn.Subscribe(beatSubject, func(m *nats.Msg) {
		var b beat
		if json.Unmarshal(m.Data, &b) != nil || b.Name == e.config.Name {
			return
		}
		b.at = time.Now()
		e.mu.Lock()
		e.heard[b.Name] = b
		e.mu.Unlock()
		if b.Epoch > e.reign.Load() {
			e.leave("another region leads")
			e.led.Store(false)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listening for the other stores: %w", err)
	}
	return sub, nil
}

// watch finds out when the own server becomes the stream's leader or ceases to
// be.
func (e *Engine) watch(ctx context.Context) {
	every(ctx, lookEvery, func() {
		if e.look(ctx) {
			e.beat()
		}
	})
}

func every(ctx context.Context, d time.Duration, do func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look says whether something changed.
func (e *Engine) look(ctx context.Context) bool {
	now, term, why := e.reign.Load(), uint64(0), "JetStream moved the lead"
	switch {
	case e.config.Disk.Refuses():
		why = room.ErrFull.Error()
	case !e.majority():
		why = "less than a majority of the stores is heard"
	case e.alone() || e.server.NATS.JetStreamIsStreamLeader(jet.Account, journal.Stream):
		term = e.term()
	}
	switch {
	case term == now:
		return false
	case term == 0 && e.config.SplitBrain:
		return false
	case term == 0:
		e.leave(why)
		return true
	case now != 0:
		e.leave("a new term")
	}
	if e.complete(ctx) != nil {
		return false // look again
	}
	e.reign.Store(term)
	e.led.Store(true)
	e.tell(state.Leader, term, "")
	return true
}

// leave ends the reign, if there is one.
func (e *Engine) leave(why string) {
	if epoch := e.reign.Swap(0); epoch != 0 {
		e.forget()
		e.tell(state.Fenced, epoch, why)
	}
}

func (e *Engine) tell(to string, epoch uint64, note string) {
	e.events.Event(drill.KindLeader, e.config.Name, e.config.Region,
		map[string]string{"to": to, "epoch": strconv.FormatUint(epoch, 10)}, note)
}

func (e *Engine) beat() {
	text, err := json.Marshal(beat{Name: e.config.Name, Epoch: e.reign.Load()})
	if err == nil {
		_ = e.server.Conn.Publish(beatSubject, text) // the next one follows
	}
}

// term is that of the stream's Raft group, 0 if it is not known.
func (e *Engine) term() uint64 {
	if e.alone() {
		return 1
	}
	groups := e.server.NATS.Raftz(&server.RaftzOptions{AccountFilter: jet.Account})
	if groups == nil {
		return 0
	}
	for name, g := range (*groups)[jet.Account] {
		if name[0] == 'S' { // streams' groups are S-…, consumers' C-…
			return g.Term
		}
	}
	return 0
}

// alone says that there is no other store at all.
func (e *Engine) alone() bool { return len(e.config.Regions) == 1 }

// leader is the store that leads, as far as it was heard lately.
func (e *Engine) leader() (name string, epoch uint64) {
	if epoch = e.reign.Load(); epoch != 0 {
		name = e.config.Name
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, b := range e.heard {
		if b.Epoch > epoch && time.Since(b.at) < silence {
			name, epoch = b.Name, b.Epoch
		}
	}
	return name, epoch
}

// majority says that more than half of all stores, this one included, were
// heard lately.
func (e *Engine) majority() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 1
	for _, b := range e.heard {
		if time.Since(b.at) < silence {
			n++
		}
	}
	return n > len(e.config.Regions)/2
}
