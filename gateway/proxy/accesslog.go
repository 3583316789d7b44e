package proxy

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// sample is how many good requests share one line of the access log. Those that
// failed or were retried are all logged.
const sample = 10

// An accessLog writes JSON lines behind the requests' back: when the disk is
// slow, lines are lost and counted, and no request waits.
type accessLog struct {
	log   *slog.Logger
	lines *lines
	n     atomic.Uint64
}

func newAccessLog(node string) *accessLog {
	l := &lines{queue: make(chan []byte, 1024)}
	return &accessLog{lines: l, log: slog.New(slog.NewJSONHandler(l, nil)).With("node", node)}
}

func (a *accessLog) request(r *http.Request, x *exchange, status int, took time.Duration) {
	if plain := status > 0 && status < 500 && x.tries <= 1; plain && a.n.Add(1)%sample != 1 {
		return
	}
	a.log.LogAttrs(context.Background(), slog.LevelInfo, "request",
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("upstream", x.upstream),
		slog.Int("tries", x.tries), slog.String("client", r.RemoteAddr))
}

// lines queues what slog writes, one line per Write.
type lines struct {
	queue chan []byte
	lost  atomic.Uint64
}

func (l *lines) Write(p []byte) (int, error) {
	select {
	case l.queue <- append([]byte(nil), p...):
	default:
		l.lost.Add(1)
	}
	return len(p), nil
}

// run writes to w, and flushes whenever it has caught up, until ctx ends and
// the queue is empty.
func (l *lines) run(ctx context.Context, w io.Writer) {
	buf := bufio.NewWriterSize(w, 32<<10)
	defer buf.Flush()
	for {
		if len(l.queue) == 0 {
			_ = buf.Flush() // a log that cannot be written must not stop the gateway
		}
		select {
		case line := <-l.queue:
			_, _ = buf.Write(line)
		case <-ctx.Done():
			for len(l.queue) > 0 {
				_, _ = buf.Write(<-l.queue)
			}
			return
		}
	}
}
