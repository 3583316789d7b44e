package proxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// leastTake is how long a client has at least to take in a part of an answer.
const leastTake = 10 * time.Second

// longest is what any request may take in all.
func (c Config) longest() time.Duration {
	longest := c.Timeouts.Total
	for _, t := range c.Slow {
		longest = max(longest, t.Total)
	}
	return longest
}

// hurried gives the client of a request as long to send its body as all tries
// together have: else whoever sends a byte now and then would hold a place of the
// gateway for as long as it likes.
func (g *gateway) hurried(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(g.config.longest())) == nil {
		r.Body = &hurriedBody{r.Body, control}
	}
}

type hurriedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read takes the deadline away at the end: what is read from then on is whether the
// client is still there.
func (b *hurriedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.control.SetReadDeadline(time.Time{}) // at worst the request ends early
	}
	return n, err
}

// clientError is the client's failure to send its request.
type clientError struct{ err error }

func (e *clientError) Error() string { return "reading the request's body: " + e.err.Error() }
func (e *clientError) Unwrap() error { return e.err }

func (e *clientError) status() int {
	if errors.Is(e.err, os.ErrDeadlineExceeded) {
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

// An upload is a body that is passed on as it comes. What goes wrong with it is the
// client's affair, not the upstream's.
type upload struct {
	io.Reader
	io.Closer
	end   context.CancelCauseFunc // of the request
	waits atomic.Bool             // for the client, right now
}

func (u *upload) Read(p []byte) (int, error) {
	u.waits.Store(true)
	n, err := u.Reader.Read(p)
	u.waits.Store(false)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &clientError{err}
		u.end(err)
	}
	return n, err
}

// uploading says that it is the client that an upstream waits for.
func uploading(r *http.Request) bool {
	u, ok := r.Body.(*upload)
	return ok && u.waits.Load()
}
