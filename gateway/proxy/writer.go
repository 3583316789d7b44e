package proxy

import (
	"net/http"
	"sync"
	"time"
)

// A recorder remembers the status of an answer, and gives up on a client that does
// not take it in.
type recorder struct {
	http.ResponseWriter
	status int
	take   time.Duration // for each part
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.hurry()
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.hurry()
	return r.ResponseWriter.Write(p)
}

func (r *recorder) hurry() {
	_ = http.NewResponseController(r.ResponseWriter).SetWriteDeadline(time.Now().Add(r.take)) // not supported: then it is not limited
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// buffers lends the buffers through which bodies are copied.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 16<<10)
}

func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
