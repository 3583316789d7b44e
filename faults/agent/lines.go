package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/drillctl/drillctl/runtimes"
)

// lines is a conversation with an agent: requests go out, and each reply finds
// who waits for it.
type lines struct {
	proc   runtimes.Process
	closed atomic.Bool
	gone   chan struct{} // closed when there are no more replies
	why    error         // set before

	mu    sync.Mutex
	n     int
	waits map[int]chan Reply
}

func talk(p runtimes.Process) *lines {
	l := &lines{proc: p, gone: make(chan struct{}), waits: map[int]chan Reply{}}
	go l.listen()
	return l
}

func (l *lines) listen() {
	defer close(l.gone)
	in := bufio.NewScanner(l.proc)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var rep Reply
		if err := json.Unmarshal(in.Bytes(), &rep); err != nil {
			l.why = fmt.Errorf("answer of the agent: %w", err)
			return
		}
		if rep.N == 0 { // it speaks unasked before it refuses
			l.why = errors.New(rep.Err)
			return
		}
		l.mu.Lock()
		wait := l.waits[rep.N]
		delete(l.waits, rep.N)
		l.mu.Unlock()
		if wait != nil {
			wait <- rep // has room for one
		}
	}
	if l.why = in.Err(); l.why == nil {
		l.why = io.EOF
	}
}

func (l *lines) send(req Request) (chan Reply, int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	req.N = l.n
	b, err := json.Marshal(req)
	if err != nil {
		return nil, 0, err
	}
	wait := make(chan Reply, 1)
	l.waits[req.N] = wait
	_, err = l.proc.Write(append(b, '\n'))
	return wait, req.N, err
}

// ask sends one request and waits for its reply.
func (l *lines) ask(ctx context.Context, req Request) (Reply, error) {
	wait, n, err := l.send(req)
	if err != nil {
		return Reply{}, fmt.Errorf("%s: %w: %w", req.Op, ErrAgentGone, err)
	}
	select {
	case rep := <-wait:
		return rep, rep.err(req.Op)
	case <-l.gone:
		select {
		case rep := <-wait: // it spoke before it went
			return rep, rep.err(req.Op)
		default:
			return Reply{}, fmt.Errorf("%s: %w: %w", req.Op, ErrAgentGone, l.why)
		}
	case <-ctx.Done():
		l.mu.Lock()
		delete(l.waits, n)
		l.mu.Unlock()
		return Reply{}, fmt.Errorf("%s: %w", req.Op, ctx.Err())
	}
}

func (r Reply) err(op string) error {
	if r.Err == "" {
		return nil
	}
	return fmt.Errorf("%s: %s", op, r.Err)
}

func (l *lines) close() error {
	l.closed.Store(true)
	return errors.Join(l.proc.CloseWrite(), l.proc.Close())
}
