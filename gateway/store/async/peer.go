package async

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// A Peer is another region's store.
type Peer struct {
	Name, Region string
	URL          string         // of its HTTP side, without a slash at the end
	NATS         netip.AddrPort // of its JetStream server
	Client       *http.Client
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

// maxLog bounds a log that is taken from a peer, in bytes.
const maxLog = 1 << 30

// head asks where the peer's log ends.
func (p Peer) head(ctx context.Context, wait time.Duration) (snapshot.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return p.log(ctx, headOnly)
}

// log fetches the peer's entries behind after.
func (p Peer) log(ctx context.Context, after uint64) (snapshot.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, logWait)
	defer cancel()
	text, err := p.call(ctx, http.MethodGet, "/log?after="+strconv.FormatUint(after, 10), nil)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	return snapshot.Decode(text)
}

// send gives the peer a backup.
func (p Peer) send(ctx context.Context, text []byte, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	_, err := p.call(ctx, http.MethodPut, "/backup", bytes.NewReader(text))
	return err
}

func (p Peer) call(ctx context.Context, method, path string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.URL+path, body)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", p.Name, err)
	}
	res, err := p.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", p.Name, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxLog))
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", p.Name, err)
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("asking %s: %s %s: %s: %.200s", p.Name, method, path, res.Status, strings.TrimSpace(string(text)))
	}
	return text, nil
}
