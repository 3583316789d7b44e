package proxy

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

// Errors that become answers of the gateway itself.
var (
	// errNoUpstream means that no upstream may be used: 503.
	errNoUpstream = errors.New("no healthy upstream")
	// errFull means that all upstreams have as many requests as they may: 503.
	errFull = errors.New("every upstream has as many requests in flight as it may")
	// errBusy means that the gateway has: 503.
	errBusy = errors.New("the gateway has as many requests in flight as it may")
	// errTry means that an upstream was silent for too long: 504.
	errTry = errors.New("upstream did not answer in time")
	// errTotal means that all tries together took too long: 504.
	errTotal = errors.New("request ran out of time at the gateway")
)

// retrier is the transport under the reverse proxy: it chooses an upstream for
// each try, and tries again where that is safe and the budget allows.
type retrier struct {
	pool     *pool
	budget   *budget
	timeouts func(path string) Timeouts
	max      int
	storm    bool // the bug retry-storm
	metrics  *metrics
}

func newRetrier(c Config, p *pool, m *metrics) *retrier {
	r := &retrier{pool: p, budget: newBudget(c.Retries), timeouts: c.timeoutsOf, max: c.Retries.Max, metrics: m}
	if c.has(bug.RetryStorm) {
		r.storm, r.budget.free, r.max = true, true, 10
	}
	return r
}

// An attempt is one request to one upstream and what came of it.
type attempt struct {
	up   *upstream
	res  *http.Response
	err  error
	sent bool // a connection was had, so that it may have arrived
}

// RoundTrip implements http.RoundTripper. The answer's body must be closed, as
// always: that ends the request at the pool.
func (r *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	limits := r.timeouts(req.URL.Path)
	total := time.AfterFunc(limits.Total, func() { cancel(errTotal) })
	req, replayable, err := buffer(req.WithContext(ctx))
	if err != nil {
		total.Stop()
		cancel(nil)
		return nil, err
	}
	r.budget.deposit()
	res, err := r.tries(req, replayable)
	if err == nil && !total.Stop() { // too late: its body could not be read any more
		_ = res.Body.Close()
		err = errTotal
	}
	if err != nil {
		total.Stop()
		cancel(nil)
		return nil, err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		res.Body = &body{ReadCloser: res.Body, idle: total, pause: limits.Total, end: func() { cancel(nil) }}
	}
	return res, nil
}

func (r *retrier) tries(req *http.Request, replayable bool) (*http.Response, error) {
	x := exchangeOf(req.Context())
	var tried []*upstream
	var last attempt
	for n := 0; ; n++ {
		up := r.pool.pick(x.key, tried)
		if up == nil {
			if n == 0 {
				return nil, r.pool.whyNone()
			}
			return last.res, last.err
		}
		if n > 0 {
			r.metrics.retries.Inc()
			last.drop()
		}
		x.upstream, x.tries = up.Name, n+1
		last = r.try(req, up)
		if n >= r.max || !replayable || !r.worthwhile(req, last) || !r.budget.withdraw() {
			return last.res, last.err
		}
		if !r.storm {
			tried = append(tried, up)
		}
	}
}

// worthwhile says whether another upstream may be asked: the request failed,
// the client still waits, and asking twice does no harm.
func (r *retrier) worthwhile(req *http.Request, t attempt) bool {
	if !t.failed() || req.Context().Err() != nil {
		return false
	}
	return r.storm || !t.sent || idempotent(req)
}

func (t attempt) failed() bool { return t.err != nil || gatewayError(t.res.StatusCode) }

func (t attempt) drop() {
	if t.res != nil {
		_ = t.res.Body.Close() // its content is of no interest
	}
}

func gatewayError(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// idempotent follows RFC 9110, 9.2.2, and the Idempotency-Key header.
func idempotent(req *http.Request) bool {
	safe := []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete}
	return slices.Contains(safe, req.Method) || req.Header.Get("Idempotency-Key") != ""
}
