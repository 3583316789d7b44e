// Package elect finds the one region that may write, by Raft
// (github.com/hashicorp/raft) over the regions' stores. Raft's log carries
// nothing but elections.
//
// # Why two leaders can never acknowledge at the same time
//
// Raft alone promises one leader per term, not one leader at a time: a cut-off
// leader goes on believing for a while. So a leader here writes only under a
// lease. Every heartbeat that a follower answers proves that this follower, at
// some moment after the heartbeat was SENT, promised to help no other candidate
// for HeartbeatTimeout (1 s). The lease runs for 700 ms from the sending of the
// heartbeat by which a majority had answered, in this term. Whoever is elected
// next needs a vote of that majority, and gets it 1 s after that moment at the
// earliest. The 300 ms between are for the pauses of a busy machine between
// looking at the lease and sending the answer. All clocks here are monotonic,
// and only their rate matters.
//
// [Elector.Yield] breaks those promises: voters elect whom the leader names at
// once. So it is for a leader that has stopped to acknowledge.
//
// A store that restarts has forgotten what it promised. It therefore keeps out
// of elections for one lease (see Config.Quiet).
//
// Raft's own check of its leader (LeaderLeaseTimeout, 500 ms) comes on top: it
// ends the reign, which the lease cannot.
package elect

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"

	"github.com/drillctl/drillctl/internal/mono"
)

// The times of an election; see the package comment.
const (
	Promise = time.Second            // a follower that hears from its leader elects no other for this long
	Lease   = 700 * time.Millisecond // of a leader, from the sending of an answered heartbeat
	contact = 600 * time.Millisecond // without heartbeats for this long, a follower's leader counts as lost
)

// Moves bounds the time from the loss of a leader to the next one. A follower
// looks at its leader's last sign after a random time of one to two Promises, and
// again after another such time if the sign was then too young; a voter helps no
// candidate before it has itself missed the leader. So the second of two
// survivors decides: one Promise at least, two as a rule, and four if the looks
// fall badly or votes are split.
func Moves() (lower, typical, upper time.Duration) { return Promise, 2 * Promise, 4 * Promise }

// A Peer is one voter.
type Peer struct {
	Name string
	Addr netip.AddrPort
}

// A Config is what an elector has to know.
type Config struct {
	Name   string // of this voter, one of Peers
	Peers  []Peer // all voters
	First  string // the voter that should lead at the very first start
	Dir    string // keeps terms and votes over restarts and kills
	Listen netip.AddrPort
}

// An Elector takes part in the elections.
type Elector struct {
	name    string
	raft    *raft.Raft
	wire    *timedTransport
	files   *raftboltdb.BoltStore
	changed chan struct{}
	stopped atomic.Bool // no first election any more
}

// Start takes part in elections from now on; ctx bounds only the start. A voter
// that has voted before waits for one Lease first. Stop it with Stop.
func Start(ctx context.Context, c Config) (*Elector, error) {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("starting the election: %w", err)
	}
	files, err := raftboltdb.New(raftboltdb.Options{Path: filepath.Join(c.Dir, "raft.db"), BoltOptions: &bbolt.Options{Timeout: 3 * time.Second}})
	if err != nil {
		return nil, fmt.Errorf("starting the election: opening %s: %w", filepath.Join(c.Dir, "raft.db"), err)
	}
	reserve(filepath.Join(c.Dir, "raft.db"))
	e := &Elector{name: c.Name, files: files, changed: make(chan struct{}, 1)}
	if err := e.start(ctx, c); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the election: %w", err), e.Stop())
	}
	return e, nil
}

func (e *Elector) start(ctx context.Context, c Config) error {
	snaps := raft.NewDiscardSnapshotStore()
	known, err := raft.HasExistingState(e.files, e.files, snaps)
	if err != nil {
		return err
	}
	if known && len(c.Peers) > 1 {
		if err := mono.Sleep(ctx, Lease); err != nil {
			return err
		}
	}
	if e.wire, err = listen(c.Listen, len(c.Peers)); err != nil {
		return err
	}
	e.raft, err = raft.NewRaft(settings(c.Name), stateless{}, e.files, e.files, snaps, e.wire)
	if err != nil {
		return err
	}
	e.watch()
	if known || c.First != c.Name {
		return nil // the first leader tells the others who the voters are
	}
	return e.found(ctx, c.Peers)
}

func settings(name string) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(name)
	c.HeartbeatTimeout, c.ElectionTimeout = Promise, Promise
	c.LeaderLeaseTimeout = 500 * time.Millisecond
	// It only spaces the calls that tell followers of commits, of which there is
	// nearly none: heartbeats come every 100 ms to 200 ms by themselves.
	c.CommitTimeout = 250 * time.Millisecond
	c.Logger = hclog.NewNullLogger()
	c.NoLegacyTelemetry = true
	return c
}

// watch tells of every change of leadership.
func (e *Elector) watch() {
	seen := make(chan raft.Observation, 16)
	e.raft.RegisterObserver(raft.NewObserver(seen, false, func(o *raft.Observation) bool {
		switch o.Data.(type) {
		case raft.LeaderObservation, raft.RaftState:
			e.poke()
		}
		return false
	}))
}

func (e *Elector) poke() {
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// Stop leaves the elections. The others find out by themselves.
func (e *Elector) Stop() error {
	e.stopped.Store(true)
	var errs []error
	if e.raft != nil {
		errs = append(errs, e.raft.Shutdown().Error())
	}
	if e.wire != nil {
		errs = append(errs, e.wire.Close())
	}
	if err := errors.Join(append(errs, e.files.Close())...); err != nil {
		return fmt.Errorf("leaving the elections: %w", err)
	}
	return nil
}
