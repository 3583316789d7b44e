package quota

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/store/order"
)

// errPause says that the quota store was silent a moment ago and is not asked.
var errPause = errors.New("it was silent a moment ago")

// counter asks the quota store that all regions share. It has a short time to
// answer, and once it was silent nobody waits for it again until a pause is over.
type counter struct {
	url         string
	client      *http.Client
	wait, pause time.Duration // wait 0: as long as the client waits, the bug quota-waits
	silent      atomic.Int64  // until then, in Unix nanoseconds; 0 while it answers
}

func newCounter(c Config, client *http.Client) *counter {
	n := &counter{url: c.Count + "/take", client: client, wait: c.Wait, pause: c.Pause}
	if c.has(bug.QuotaWaits) {
		n.wait, n.pause = 0, 0
	}
	return n
}

func (n *counter) take(ctx context.Context, t order.Tenant) (Decision, error) {
	if !n.mayAsk(time.Now()) {
		return Decision{}, errPause
	}
	if n.wait > 0 {
		short, cancel := context.WithTimeout(ctx, n.wait)
		defer cancel()
		ctx = short
	}
	d, err := n.ask(ctx, t)
	switch {
	case err == nil:
		n.silent.Store(0)
	case n.pause > 0:
		n.silent.Store(time.Now().Add(n.pause).UnixNano())
	}
	return d, err
}

// mayAsk says whether this request may wait for the quota store: any while it
// answers, and of those that come after a pause the first.
func (n *counter) mayAsk(now time.Time) bool {
	until := n.silent.Load()
	if until == 0 {
		return true
	}
	return now.UnixNano() >= until && n.silent.CompareAndSwap(until, now.Add(n.pause).UnixNano())
}

func (n *counter) ask(ctx context.Context, t order.Tenant) (Decision, error) {
	var d Decision
	body, err := json.Marshal(t)
	if err != nil {
		return d, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url, bytes.NewReader(body))
	if err != nil {
		return d, err
	}
	res, err := n.client.Do(req)
	if err != nil {
		return d, errors.New(health.Reason(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return d, health.StatusError(res.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, 4<<10)) // to its end, so that the connection is kept
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		return d, fmt.Errorf("its answer: %w", err)
	}
	return d, nil
}
