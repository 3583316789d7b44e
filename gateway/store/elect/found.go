package elect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/raft"

	"github.com/drillctl/drillctl/internal/mono"
)

// foundWait bounds the wait for a majority before the very first election; the
// election itself then retries for as long as it takes.
const foundWait = 3 * time.Second

// found makes the configuration and calls the very first election. It does not
// wait for an election timeout to pass, as there is no leader yet to disturb:
// it tells itself to stand now.
func (e *Elector) found(ctx context.Context, peers []Peer) error {
	if err := e.raft.BootstrapCluster(servers(peers)).Error(); err != nil && !errors.Is(err, raft.ErrCantBootstrap) {
		return fmt.Errorf("founding the election: %w", err)
	}
	go e.standFirst(context.WithoutCancel(ctx), peers)
	return nil
}

func (e *Elector) standFirst(ctx context.Context, peers []Peer) {
	ctx, cancel := context.WithTimeout(ctx, foundWait)
	defer cancel()
	for !majorityListens(peers) {
		if mono.Sleep(ctx, 20*time.Millisecond) != nil || e.stopped.Load() {
			return
		}
	}
	if _, leader := e.raft.LeaderWithID(); leader != "" || e.stopped.Load() {
		return
	}
	// An error only means that the ordinary timeout has to do it.
	_ = e.wire.TimeoutNow(raft.ServerID(e.name), e.wire.LocalAddr(), &raft.TimeoutNowRequest{RPCHeader: raft.RPCHeader{
		ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(e.name), Addr: e.wire.EncodePeer(raft.ServerID(e.name), e.wire.LocalAddr())}}, &raft.TimeoutNowResponse{})
}

func majorityListens(peers []Peer) bool {
	n := 0
	for _, p := range peers {
		if conn, err := net.DialTimeout("tcp", p.Addr.String(), 50*time.Millisecond); err == nil {
			_ = conn.Close() // it only asked whether somebody is there
			n++
		}
	}
	return n > len(peers)/2
}

func servers(peers []Peer) raft.Configuration {
	var c raft.Configuration
	for _, p := range peers {
		c.Servers = append(c.Servers, raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(p.Name), Address: raft.ServerAddress(p.Addr.String())})
	}
	slices.SortFunc(c.Servers, func(a, b raft.Server) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return c
}

// stateless is the state machine that Raft's log is applied to: nothing.
type stateless struct{}

func (stateless) Apply(*raft.Log) any                 { return nil }
func (stateless) Snapshot() (raft.FSMSnapshot, error) { return stateless{}, nil }
func (stateless) Restore(r io.ReadCloser) error       { return r.Close() }
func (stateless) Persist(s raft.SnapshotSink) error   { return s.Close() }
func (stateless) Release()                            {}
