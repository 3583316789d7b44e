package probe

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/load/pace"
	"github.com/drillctl/drillctl/runner/load/resolve"
)

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
	// Authorization is the header of that name for one record, "" for none, and
	// whether a client shows with it a token that is no longer valid; nil sends none at
	// all.
	Authorization func(id uint64) (text string, expired bool)
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
	resp, body, err := exchange(from.Base, t.dressed(once(req.WithContext(tr.traced(ctx))), &s))
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
