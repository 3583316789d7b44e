package probe

import (
	"context"
	"errors"
	"net/http"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/pace"
	"github.com/drillctl/drillctl/runner/load/rows"
)

// RowWrites numbers the rows to be written, in the order of the slots.
func RowWrites(p *pace.Pacer, book *Book) vegeta.Targeter {
	take := numbered(p, book)
	return func(t *vegeta.Target) error {
		slot, id, ok := take()
		if !ok {
			return vegeta.ErrNoTargets
		}
		t.Method = http.MethodPost
		t.URL = mark([]byte("http://rows"), slot, id) // for the marks only
		return nil
	}
}

// A RowTripper writes rows in the place of requests and emits one sample for each,
// as [Tripper] does.
type RowTripper struct {
	DB      *rows.DB
	Grid    pace.Grid
	Began   time.Duration // the mono instant of time 0 of the drill
	Now     func() time.Duration
	Timeout time.Duration // of one write, from its real start
	Book    *Book
	Flight  *Flight // shared by the routes
	Emit    func(drill.Sample)
}

// RoundTrip implements http.RoundTripper.
func (t *RowTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	start := t.Now()
	slot, id, err := unmark(req.URL.Fragment)
	if err != nil {
		return nil, err
	}
	s := drill.Sample{Route: drill.Write, Slot: slot, ID: id, Intended: t.Grid.At(slot) - t.Began, Start: start - t.Began}
	ctx, seat := t.Flight.enter(req.Context(), t.Timeout)
	o := t.DB.Write(ctx, id)
	ended := ctx.Err() // before leave ends it
	t.Flight.leave(seat)
	s.End = t.Now() - t.Began
	s.Ack, s.Reused, s.Class = o.Ack, o.Reused, classOfRow(o, ended)
	if s.Ack == drill.Acked {
		t.Book.ack(s.ID, s.End+t.Began)
	}
	t.Emit(s)
	if o.Err != nil && !o.Unsure() {
		return nil, o.Err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}, Request: req}, nil
}

// classOfRow is how a write ended, for the client. What ended its context comes
// first: the driver's errors do not always tell.
func classOfRow(o rows.Outcome, ended error) drill.Class {
	switch {
	case o.Err == nil:
		return drill.OK
	case o.Unsure():
		return drill.Content
	case errors.Is(ended, context.Canceled):
		return drill.Aborted
	case ended != nil:
		return drill.Timeout
	}
	return classOf(o.Err, false)
}
