package proxy

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// replayLimit is the largest body in bytes that is kept for a retry.
const replayLimit = 64 << 10

// buffer keeps a small body for further tries. A large one is passed on as it
// comes, once.
func buffer(req *http.Request) (_ *http.Request, replayable bool, err error) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, true, nil
	}
	if req.ContentLength > replayLimit {
		req.Body = &upload{Reader: req.Body, Closer: req.Body}
		return req, false, nil
	}
	start, err := io.ReadAll(io.LimitReader(req.Body, replayLimit+1))
	if err != nil {
		return nil, false, &clientError{err}
	}
	if len(start) > replayLimit {
		req.Body = &upload{Reader: io.MultiReader(bytes.NewReader(start), req.Body), Closer: req.Body}
		return req, false, nil
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(start)), nil }
	return req, true, nil
}

// body watches that an answer goes on coming, and frees its request at Close.
type body struct {
	io.ReadCloser
	idle  *time.Timer
	pause time.Duration
	end   func()
}

func (b *body) Read(p []byte) (int, error) {
	b.idle.Reset(b.pause)
	defer b.idle.Stop()
	return b.ReadCloser.Read(p)
}

func (b *body) Close() error {
	b.idle.Stop()
	err := b.ReadCloser.Close()
	b.end()
	return err
}
