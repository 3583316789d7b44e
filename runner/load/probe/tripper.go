package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/load/pace"
	"github.com/drillctl/drillctl/runner/load/resolve"
)

// maxBody bounds what is read of one answer.
const maxBody = 1 << 20

// Client profiles (measuring.md 1.7).
const (
	// Pooled keeps connections, and resolves a name only for a new one: what
	// users get.
	Pooled = "pooled"
	// Fresh opens a connection per request: what the service does.
	Fresh = "fresh"
)

// Transport is HTTP/1.1 without proxies or compression, over dial.
func Transport(profile string, timeout time.Duration, dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	var h1 http.Protocols
	h1.SetHTTP1(true)
	return &http.Transport{
		DialContext:         dial,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: timeout,
		Protocols:           &h1,
		DisableCompression:  true,
		DisableKeepAlives:   profile == Fresh,
		MaxIdleConnsPerHost: 10000,
		IdleConnTimeout:     30 * time.Second,
	}
}

// Client is an HTTP client that follows no redirects. It has no timeout: around
// a RoundTripper that it does not know, http.Client keeps one with two goroutines per
// request, and whether the error is a timeout is then a matter of luck.
func Client(rt http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// A Tripper carries out the requests of one route and emits one sample for
// each, when it has ended. It reads the whole answer itself, so that the end of
// the request is stamped before anybody else waits for a processor.
type Tripper struct {
	Origins *Origins // who asks, and over which connections
	Route   drill.Route
	Grid    pace.Grid
	Began   time.Duration // the mono instant of time 0 of the drill
	Now     func() time.Duration
	Timeout time.Duration // of one request, from its real start
	Headers Headers
	Send    http.Header // that every request has beside its own; nobody changes it
	Form    *ask.Form   // how a system that is not the bundled one is asked; nil for that
	Book    *Book
	Flight  *Flight // shared by the routes
	// Authorization is the header of that name for one record, "" for none; nil sends
	// none at all.
	Authorization func(id uint64) string
	// Emit takes the sample; it must not block.
	Emit func(drill.Sample)
}

// A trip is one request on its way.
type trip struct {
	connected bool
	reused    bool
	resolving atomic.Bool
	trace     httptrace.ClientTrace
}

// RoundTrip implements http.RoundTripper.
func (t *Tripper) RoundTrip(req *http.Request) (*http.Response, error) {
	start := t.Now()
	s, err := t.begin(req, start)
	if err != nil {
		return nil, err
	}
	ctx, seat := t.Flight.enter(req.Context(), t.Timeout)
	defer t.Flight.leave(seat)

	from := t.Origins.Of(s.Slot)
	s.Origin = from.Name
	var tr trip
	resp, body, err := exchange(from.Base, t.dressed(once(req.WithContext(tr.traced(ctx))), s.ID))
	s.End = t.Now() - t.Began
	s.Reused = tr.reused
	if resp != nil {
		s.Status = uint16(resp.StatusCode)
		t.Headers.note(&s, resp.Header)
	}
	if err != nil {
		s.Class = classOf(err, tr.resolving.Load())
		s.Ack = fate(t.Route, tr.connected)
	} else {
		t.judge(&s, resp.Header, body)
	}
	if s.Ack == drill.Acked {
		t.Book.ack(s.ID, s.End+t.Began)
	}
	t.Emit(s)
	if err != nil {
		return nil, err
	}
	resp.Body = http.NoBody // it was read; vegeta does not need it
	return resp, nil
}

// begin reads the marks of a request.
func (t *Tripper) begin(req *http.Request, start time.Duration) (drill.Sample, error) {
	slot, id, err := unmark(req.URL.Fragment)
	return drill.Sample{Route: t.Route, Slot: slot, ID: id, Intended: t.Grid.At(slot) - t.Began, Start: start - t.Began}, err
}

// The headers of requests, instead of vegeta's. All requests share them: nobody
// changes them.
var (
	readHeader  = http.Header{"User-Agent": {"drillctl"}}
	writeHeader = http.Header{"User-Agent": {"drillctl"}, "Content-Type": {"application/json"}}
	identity    = []string{"identity"}
)

// once makes req one that net/http sends once at most. Left to itself it sends
// a GET again, silently, when a kept connection turns out to be dead, and a POST
// when nothing of it was written; then a failure that a user's client may see
// would never be in the record. Requests whose body cannot be had again are
// left alone, so the body of a POST loses its GetBody, and a GET gets an empty
// one. ("identity" spares net/http the goroutine that looks whether a body of
// unknown length is empty; no header is sent for it.)
func once(req *http.Request) *http.Request {
	req.GetBody = nil
	req.Header = writeHeader
	if req.Body == nil || req.Body == http.NoBody {
		req.Body = io.NopCloser(bytes.NewReader(nil))
		req.ContentLength = -1
		req.TransferEncoding = identity
		req.Header = readHeader
	}
	return req
}

// dressed puts on the headers of the form, or those that the bundled system wants.
func (t *Tripper) dressed(req *http.Request, id uint64) *http.Request {
	if t.Form == nil {
		if len(t.Send) > 0 {
			req.Header = req.Header.Clone()
			maps.Copy(req.Header, t.Send)
		}
		return t.authorized(req, id)
	}
	base := readHeader
	if t.Form.HasBody() {
		base = writeHeader
	}
	req.Header = t.Form.Header(base, id)
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	return req
}

// authorized adds the token, to headers of the request's own.
func (t *Tripper) authorized(req *http.Request, id uint64) *http.Request {
	if t.Authorization == nil {
		return req
	}
	if text := t.Authorization(id); text != "" {
		req.Header = req.Header.Clone()
		req.Header["Authorization"] = []string{text}
	}
	return req
}

func (t *Tripper) judge(s *drill.Sample, got http.Header, body []byte) {
	switch {
	case t.Route == drill.Intruder:
		judgeIntruder(s)
		return
	case t.Form == nil:
		t.Headers.judge(s, got, body)
		return
	}
	judgeForm(s, t.Form, body)
}

// exchange sends the request and reads the answer to its end. resp is not nil
// with an error when the headers had come.
func exchange(base http.RoundTripper, req *http.Request) (resp *http.Response, body []byte, err error) {
	if resp, err = base.RoundTrip(req); err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	switch n := resp.ContentLength; {
	case req.Method == http.MethodHead: // the length of a body that does not come
	case n > maxBody:
		err = errTooLong
	case n >= 0:
		body = make([]byte, n)
		_, err = io.ReadFull(resp.Body, body)
	default:
		body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
		if err == nil && len(body) > maxBody {
			err = errTooLong
		}
	}
	return resp, body, err
}

var errTooLong = fmt.Errorf("answer of more than %d bytes", maxBody)

func (tr *trip) traced(ctx context.Context) context.Context {
	tr.trace.GotConn = func(i httptrace.GotConnInfo) { tr.connected, tr.reused = true, i.Reused }
	return httptrace.WithClientTrace(resolve.Watch(ctx, &tr.resolving), &tr.trace)
}

// fate is what a request without an answer means for a write: before there was
// a connection nothing can have been sent; after that nobody knows.
func fate(r drill.Route, connected bool) drill.Ack {
	switch {
	case r != drill.Write:
		return drill.NoWrite
	case connected:
		return drill.Indeterminate
	}
	return drill.Rejected
}
