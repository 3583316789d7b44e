package elect

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// wireTimeout bounds one call to a peer. A heartbeat that takes longer proves
// nothing that the lease could use.
const wireTimeout = 400 * time.Millisecond

// A timedTransport is Raft's transport with a book of which peer answered, in
// this term, a call that was begun when.
type timedTransport struct {
	*raft.NetworkTransport
	majority int // answers needed besides one's own
	mu       sync.Mutex
	term     uint64
	begun    map[raft.ServerID]time.Time
}

func listen(at netip.AddrPort, voters int) (*timedTransport, error) {
	l, err := net.Listen("tcp", at.String())
	if err != nil {
		return nil, fmt.Errorf("listening for elections: %w", err)
	}
	wire := raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: stream{l}, MaxPool: 2, Timeout: wireTimeout, Logger: hclog.NewNullLogger()})
	return &timedTransport{NetworkTransport: wire, majority: voters / 2, begun: map[raft.ServerID]time.Time{}}, nil
}

// AppendEntries is a heartbeat, among others.
func (t *timedTransport) AppendEntries(id raft.ServerID, to raft.ServerAddress, args *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
	begun := time.Now()
	err := t.NetworkTransport.AppendEntries(id, to, args, resp)
	if err == nil && resp.Success {
		t.note(id, args.Term, begun)
	}
	return err
}

// AppendEntriesPipeline is refused: Raft then uses AppendEntries. There is no
// throughput to gain for a log of elections.
func (t *timedTransport) AppendEntriesPipeline(raft.ServerID, raft.ServerAddress) (raft.AppendPipeline, error) {
	return nil, raft.ErrPipelineReplicationNotSupported
}

func (t *timedTransport) note(id raft.ServerID, term uint64, begun time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if term < t.term {
		return
	}
	if term > t.term {
		t.term, t.begun = term, map[raft.ServerID]time.Time{}
	}
	if begun.After(t.begun[id]) {
		t.begun[id] = begun
	}
}

// proved is the latest moment after which a majority, oneself included,
// answered in that term; the zero Time if never.
func (t *timedTransport) proved(term uint64) time.Time {
	now := time.Now()
	if t.majority == 0 {
		return now
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if term != t.term || len(t.begun) < t.majority {
		return time.Time{}
	}
	var times []time.Time
	for _, at := range t.begun {
		times = append(times, at)
	}
	slices.SortFunc(times, func(a, b time.Time) int { return b.Compare(a) })
	return times[t.majority-1]
}

// stream is plain TCP.
type stream struct{ net.Listener }

// Dial opens a connection to a peer.
func (stream) Dial(to raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	return net.DialTimeout("tcp", string(to), min(timeout, wireTimeout))
}
