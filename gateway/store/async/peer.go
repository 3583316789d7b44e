package async

import (
	"context"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/drillctl/drillctl/gateway/store/call"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// A Peer is another region's store.
type Peer struct {
	call.Peer
	Region string
	NATS   netip.AddrPort // of its JetStream server
}

// The times that other stores are given.
const (
	headWait = 250 * time.Millisecond // to tell a new leader, whom all wait for, where their log ends
	copyWait = 2 * time.Second        // to tell a follower
	logWait  = 15 * time.Second       // to send a log
)

// headOnly asks for what lies behind the last entry that can be: nothing but
// the header.
const headOnly = math.MaxUint64

// head asks where the peer's log ends.
func (p Peer) head(ctx context.Context, wait time.Duration) (snapshot.Snapshot, error) {
	return p.ask(ctx, headOnly, wait)
}

// log fetches the peer's entries behind after.
func (p Peer) log(ctx context.Context, after uint64) (snapshot.Snapshot, error) {
	return p.ask(ctx, after, logWait)
}

func (p Peer) ask(ctx context.Context, after uint64, wait time.Duration) (snapshot.Snapshot, error) {
	text, err := p.Do(ctx, wait, http.MethodGet, "/log?after="+strconv.FormatUint(after, 10), nil)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	return snapshot.Decode(text)
}
