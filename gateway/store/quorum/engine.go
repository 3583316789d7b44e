// Package quorum replicates before the acknowledgement: the regions' JetStream
// servers form one cluster, the orders are one stream with a replica in each of
// up to three regions, and an order is acknowledged when a majority has it on
// disk.
//
// Any server could take a write, but only the store beside the stream's leader
// does, so that an answer can say for certain who stored the order: it looks at
// the leadership before it publishes and again when the acknowledgement is
// there. The epoch is the term of the stream's Raft group. A leader that is cut
// off cannot get a majority and so cannot acknowledge, whatever it believes; it
// also refuses at once when it has heard less than a majority for a second.
// JetStream elects in 4 s to 9 s.
//
// JetStream writes what the cluster sends it, and gives up for good where that does
// not fit. So a store without room leaves the cluster, and comes back to it with
// room; its table goes on answering reads, but is not called ready.
//
// Reads are answered from a table in memory that follows the own replica. The
// leader republishes what is committed; what was missed, and everything at the
// start, is read from the own replica by direct get, which needs no leader and
// no majority.
package quorum

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/store/jet"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/room"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// Events takes what the store has to tell the drill.
type Events interface {
	Event(kind drill.Kind, subject, region string, data map[string]string, note string)
}

// A Config is what an Engine has to know.
type Config struct {
	Name, Region string
	Regions      map[string]string // region by name of store, of all stores
	First        string            // the store that should lead first
	// Late, if not 0, is the bug ack-before-replicate: orders are acknowledged
	// out of memory and published only this often.
	Late time.Duration
	// SplitBrain is the bug of that name: a leader that is cut off acknowledges
	// out of memory, and forgets that when it meets another leader.
	SplitBrain bool
	room.Disk
}

// An Engine is the store of one region.
type Engine struct {
	config Config
	events Events
	server *jet.Server // of Run, with js
	js     atomic.Pointer[jetstream.JetStream]
	table  *order.Table
	kick   chan struct{} // something may be missing in the table
	taken  uint64        // sequence number up to which the stream is in the table; owned by feed
	reign  atomic.Uint64 // epoch in which this store leads; 0 if it does not
	led    atomic.Bool   // it led and has heard of no other leader since

	mu    sync.Mutex
	heard map[string]beat          // by name of store, this one excluded
	aside map[order.ID]order.Order // of the bugs: acknowledged out of memory
}

// New returns an engine that holds nothing; Run makes it work.
func New(c Config, events Events) *Engine {
	return &Engine{config: c, events: events, table: order.NewTable(), kick: make(chan struct{}, 1),
		heard: map[string]beat{}, aside: map[order.ID]order.Order{}}
}

// Run takes part in the cluster by a server until ctx ends, or there is no room:
// room.ErrFull. It may be called again then, with the server started anew.
func (e *Engine) Run(ctx context.Context, server *jet.Server) error {
	js, err := jetstream.New(server.Conn)
	if err != nil {
		return fmt.Errorf("using JetStream: %w", err)
	}
	e.server = server
	e.js.Store(&js)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	beats, err := e.listen()
	if err != nil {
		return err
	}
	defer func() { _ = beats.Unsubscribe() }() // the connection ends next
	var all sync.WaitGroup
	all.Go(func() { e.found(ctx) })
	all.Go(func() { err = e.feed(ctx); cancel() })
	all.Go(func() { e.watch(ctx) })
	all.Go(func() { every(ctx, beatEvery, e.beat) })
	var room error
	all.Go(func() { room = e.mindRoom(ctx); cancel() })
	if e.config.Late > 0 {
		all.Go(func() { e.flushLate(ctx) })
	}
	all.Wait()
	e.leave("the store stops")
	return errors.Join(err, room)
}

// Table is what this region holds.
func (e *Engine) Table() *order.Table { return e.table }

// State tells what is known now.
func (e *Engine) State() state.State {
	leader, epoch := e.leader()
	s := state.State{Name: e.config.Name, Region: e.config.Region, Role: state.Follower, Leader: leader,
		LeaderRegion: e.config.Regions[leader], Epoch: epoch, Last: e.table.Last().Seq, Ready: leader != "" && e.majority()}
	switch {
	case leader == e.config.Name && (s.Ready || e.config.SplitBrain):
		s.Role, s.Ready = state.Leader, true
	case leader == e.config.Name || leader == "" && e.led.Load():
		s.Role = state.Fenced
	default:
		s.AppliedFrom = s.LeaderRegion
	}
	if s.Full = e.config.Disk.Refuses(); s.Full {
		s.Ready = false // it has left, or will at once, and what it has grows old
	}
	return s
}
