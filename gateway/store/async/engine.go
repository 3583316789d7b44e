// Package async replicates behind the acknowledgement: the leader answers when
// the order is on its own disk, and the other regions copy its log a few
// milliseconds later, are sent its entries as events, or get backups of it from time
// to time.
//
// # Who may write
//
// One region, elected by package elect and only under its lease, which is
// looked at before the append and again after it, at the last moment before the
// answer. A leader that cannot reach a majority stops within 700 ms of the last
// heartbeat that was answered; no other can be elected earlier than 1 s after
// it. A write that found the lease gone after its append is answered as unsure.
//
// # What becomes of unreplicated writes
//
// What the old leader acknowledged and nobody copied in time is not in the new
// leader's log. Before a new leader opens it asks the stores that it can reach
// and takes over the newest log among them, so only writes that no reachable
// store has are lost. When the old leader returns it compares its log with the
// new one by epochs (order.Common), puts what is not in the new log into
// quarantine, where GET /divergent lists it, and only then replaces its log. It
// never brings such a write back by itself: the client may have been told
// otherwise meanwhile.
package async

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/store/elect"
	"github.com/drillctl/drillctl/gateway/store/journal"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/room"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// Events takes what the store has to tell the drill.
type Events interface {
	Event(kind drill.Kind, subject, region string, data map[string]string, note string)
}

// A Config is what an Engine has to know.
type Config struct {
	Name, Region string
	Peers        []Peer // the other regions' stores
	Dir          string
	// Backups, if its Every is not 0, takes the place of copying the log.
	Backups Backups
	// Copying, if its Every is not 0, does so, too.
	Copying Copying
	// Late, if not 0, is the bug ack-before-replicate: followers copy no entry before
	// it is this old, and every one before it is twice as old.
	Late time.Duration
	// MaxLag, if not 0, is how long entries may be in the leader's region only;
	// then it takes no more until another region has them.
	MaxLag time.Duration
	// SplitBrain is the bug of that name: a leader goes on without its lease
	// until it meets another, and then forgets what only it had.
	SplitBrain bool
	room.Disk
}

// An Engine is the store of one region.
type Engine struct {
	config     Config
	elect      *elect.Elector
	journal    *journal.Journal
	events     Events
	quarantine snapshot.Shelf
	bound      bound
	sick       map[string]bool // places whose backups could not be relied on at the last look

	turn   chan struct{} // held by the one write in progress
	reign  atomic.Uint64 // the epoch in which this store leads and is open; 0 if it is not
	led    atomic.Bool   // it was fenced and has met no other leader since
	source atomic.Value  // string: the region whose log is copied
	lag    atomic.Uint64
	// aligned is the epoch for whose leader the own log is known to be a beginning of
	// its log; with Copying.
	aligned atomic.Uint64
	taking  sync.Mutex // of events

	mu     sync.Mutex   // of taking in backups
	shadow *order.Table // of a follower that lives on backups: the newest; nil before the first
}

// New returns an engine over a journal; Run makes it work.
func New(c Config, el *elect.Elector, j *journal.Journal, events Events) *Engine {
	e := &Engine{config: c, elect: el, journal: j, events: events, turn: make(chan struct{}, 1),
		quarantine: snapshot.Shelf{Dir: c.Dir + "/quarantine"}}
	if len(c.Peers) > 0 {
		e.bound.most = c.MaxLag
	}
	e.source.Store("")
	return e
}

// Run leads or follows, as elected, until ctx ends.
func (e *Engine) Run(ctx context.Context) {
	for ctx.Err() == nil {
		view := e.elect.View()
		role, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); e.play(role, view) }()
		e.await(ctx, view)
		if ctx.Err() != nil {
			e.fence("the store stops")
		}
		stop()
		<-done
	}
}

// await returns when the election's outcome is no longer view.
func (e *Engine) await(ctx context.Context, view elect.View) {
	again := time.NewTicker(time.Second) // should a change ever go untold
	defer again.Stop()
	for e.elect.View() == view {
		select {
		case <-ctx.Done():
			return
		case <-e.elect.Changed():
		case <-again.C:
		}
	}
}

func (e *Engine) play(ctx context.Context, view elect.View) {
	switch {
	case view.Leading:
		e.lead(ctx)
	case view.Leader != "":
		e.follow(ctx, view)
	default:
		<-ctx.Done()
	}
}

// State tells what is known now.
func (e *Engine) State() state.State {
	view := e.elect.View()
	s := state.State{Name: e.config.Name, Region: e.config.Region, Role: state.Follower, Epoch: view.Epoch,
		Leader: view.Leader, LeaderRegion: e.regionOf(view.Leader), Last: e.Table().Last().Seq,
		AppliedFrom: e.source.Load().(string), Lag: e.lag.Load(), Ready: e.elect.InTouch()}
	epoch, open := e.mayWrite()
	switch {
	case open:
		s.Role, s.Leader, s.LeaderRegion, s.Epoch, s.Ready = state.Leader, e.config.Name, e.config.Region, epoch, true
	case view.Leading || view.Leader == "" && e.led.Load():
		s.Role, s.Ready = state.Fenced, false
	case s.LeaderRegion == "":
		s.Ready = false
	}
	if s.Full = e.config.Disk.Refuses(); s.Full && s.Role != state.Leader {
		s.Ready = false // it cannot copy, so that what it has grows old
	}
	return s
}

func (e *Engine) regionOf(name string) string {
	if name == e.config.Name {
		return e.config.Region
	}
	for _, p := range e.config.Peers {
		if p.Name == name {
			return p.Region
		}
	}
	return ""
}

// Table is what this region holds.
func (e *Engine) Table() *order.Table {
	if e.reign.Load() == 0 {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.shadow != nil {
			return e.shadow
		}
	}
	return e.journal.Table()
}
