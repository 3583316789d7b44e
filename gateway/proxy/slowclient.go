package proxy

import (
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
// gateway for as long as it likes. The server ends this time with the body.
func (g *gateway) hurried(w http.ResponseWriter, r *http.Request) {
	if r.Body != nil && r.Body != http.NoBody {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(g.config.longest())) // not supported: then it is not limited
	}
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

// An upload is a body that is passed on as it comes.
type upload struct {
	io.Reader
	io.Closer
	waits atomic.Bool // for the client, right now
}

func (u *upload) Read(p []byte) (int, error) {
	u.waits.Store(true)
	n, err := u.Reader.Read(p)
	u.waits.Store(false)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &clientError{err}
	}
	return n, err
}

// silent says who has let the time of a try run out: the upstream, or the client for
// whose body it waits.
func silent(r *http.Request) error {
	if u, ok := r.Body.(*upload); ok && u.waits.Load() {
		return &clientError{os.ErrDeadlineExceeded}
	}
	return errTry
}
