package proxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/drillctl/drillctl/gateway/health"
)

// try sends the request to one upstream and waits for the answer's headers, at
// most the time of one try. It tells the pool how it went.
func (r *retrier) try(req *http.Request, up *upstream) attempt {
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(r.timeouts(req.URL.Path).Try, func() { cancel(silent(req)) })
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})
	res, err := up.transport.RoundTrip(address(traced, req, up))
	if !timer.Stop() && err == nil { // the answer came, but its body is cut off
		_ = res.Body.Close()
		err = errTry
	}
	t := attempt{up: up, err: cause(ctx, err), sent: sent.Load()}
	o, why := judge(req.Context(), res, t.err)
	r.metrics.tries.WithLabelValues(up.Name, why).Inc()
	if err != nil {
		cancel(nil)
		r.pool.done(up, o, why)
		return t
	}
	t.res = res
	release := sync.OnceFunc(func() { cancel(nil); r.pool.done(up, o, why) })
	if res.StatusCode == http.StatusSwitchingProtocols {
		context.AfterFunc(req.Context(), release)
		return t
	}
	res.Body = &releasing{ReadCloser: res.Body, release: release}
	return t
}

// address makes the request one for this upstream.
func address(ctx context.Context, req *http.Request, up *upstream) *http.Request {
	out := req.Clone(ctx)
	out.URL.Scheme, out.URL.Host = "http", up.Addr.String()
	if req.GetBody != nil {
		out.Body, _ = req.GetBody() // ours: never an error
	}
	return out
}

// cause tells why we cut a request off, if it was we who did.
func cause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Cause(ctx)
	}
	return err
}

// judge says what a try tells of the upstream. When the whole request has
// ended, by the client or by its time, or the client has not sent all of it, the
// upstream is not to blame.
func judge(request context.Context, res *http.Response, err error) (outcome, string) {
	var client *clientError
	switch {
	case err == nil && res.StatusCode >= 500:
		return bad, health.StatusError(res.StatusCode).Error()
	case err == nil:
		return good, "ok"
	case request.Err() != nil, errors.As(err, &client):
		return neutral, "abandoned"
	case errors.Is(err, errTry):
		return bad, "timeout"
	default:
		return bad, kind(err)
	}
}

// kind is health.Reason, kept to few values: it becomes a metric's label.
func kind(err error) string {
	why := health.Reason(err)
	if why == err.Error() {
		return "error"
	}
	return why
}

// releasing tells the pool when an answer has been passed on.
type releasing struct {
	io.ReadCloser
	release func()
}

func (b *releasing) Close() error {
	err := b.ReadCloser.Close()
	b.release()
	return err
}
