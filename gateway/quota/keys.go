package quota

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/store/order"
)

// errUnknown says that the store has answered, and knows no such key.
var errUnknown = errors.New("nobody has this key")

const (
	askWait      = 150 * time.Millisecond // for the store
	unknownFor   = time.Second            // a key that nobody has is not asked for again
	doubtFor     = time.Second            // nor one whose store did not answer
	mostUnknowns = 10_000
)

// keys knows whose they are, by asking the store.
type keys struct {
	ask   func(ctx context.Context, sum string) (order.Tenant, error)
	cache time.Duration
	once  singleflight.Group

	mu      sync.Mutex
	known   map[string]kept // as many as there are tenants
	unknown map[string]time.Time
}

// kept is a tenant that is believed until then.
type kept struct {
	order.Tenant
	until time.Time
}

func newKeys(c Config, client *http.Client) *keys {
	return &keys{cache: c.Cache, known: map[string]kept{}, unknown: map[string]time.Time{},
		ask: func(ctx context.Context, sum string) (order.Tenant, error) {
			return askStore(ctx, client, c.Store, sum)
		}}
}

// find says whose key it is. What was known once stays so while the store does not
// answer: a store that is down takes nobody's key away.
func (k *keys) find(ctx context.Context, sum string) (order.Tenant, error) {
	was, fresh, err := k.look(sum, time.Now())
	if fresh || err != nil {
		return was.Tenant, err
	}
	found := k.once.DoChan(sum, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWait)
		defer cancel()
		t, err := k.ask(ctx, sum)
		return k.learn(sum, t, err, time.Now())
	})
	select {
	case r := <-found:
		t, _ := r.Val.(order.Tenant)
		return t, r.Err
	case <-ctx.Done():
		return order.Tenant{}, ctx.Err()
	}
}

func (k *keys) look(sum string, now time.Time) (was kept, fresh bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Before(k.unknown[sum]) {
		return was, false, errUnknown
	}
	was = k.known[sum]
	return was, now.Before(was.until), nil
}

// learn keeps what the store said, or did not say.
func (k *keys) learn(sum string, t order.Tenant, err error, now time.Time) (order.Tenant, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	was, known := k.known[sum]
	switch {
	case err == nil:
		delete(k.unknown, sum)
		k.known[sum] = kept{t, now.Add(k.cache)}
		return t, nil
	case errors.Is(err, errUnknown):
		delete(k.known, sum)
		if len(k.unknown) >= mostUnknowns {
			clear(k.unknown)
		}
		k.unknown[sum] = now.Add(unknownFor)
		return t, err
	case known:
		k.known[sum] = kept{was.Tenant, now.Add(doubtFor)}
		return was.Tenant, nil
	}
	return t, err
}

func askStore(ctx context.Context, client *http.Client, store, sum string) (order.Tenant, error) {
	var t order.Tenant
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, store+"/keys/"+sum, nil)
	if err != nil {
		return t, err
	}
	res, err := client.Do(req)
	if err != nil {
		return t, fmt.Errorf("asking the store: %s", health.Reason(err))
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return t, errUnknown
	default:
		return t, fmt.Errorf("asking the store: %w", health.StatusError(res.StatusCode))
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&t); err != nil {
		return t, fmt.Errorf("asking the store: %w", err)
	}
	return t, t.Check()
}
