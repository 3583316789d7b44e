package process

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// cancelGrace is how long the host may take to answer a cancelled request.
const cancelGrace = 5 * time.Second

// A client sends requests to the host and hands out its answers and events.
type client struct {
	wire *wire

	mu      sync.Mutex
	last    uint64
	pending map[uint64]chan answer
	watches map[*queue[runtimes.InstanceEvent]]bool
	dead    bool
	gone    chan struct{} // closed when the socket is
}

type answer struct {
	reply
	fds []int
}

func newClient(w *wire) *client {
	c := &client{
		wire: w, pending: map[uint64]chan answer{},
		watches: map[*queue[runtimes.InstanceEvent]]bool{}, gone: make(chan struct{}),
	}
	go c.read()
	return c
}

// read ends when either side closes the socket.
func (c *client) read() {
	defer c.end()
	buf := make([]byte, maxPacket)
	for {
		m, fds, err := c.wire.receive(buf)
		if err != nil {
			return
		}
		c.mu.Lock()
		if m.Event != nil {
			for q := range c.watches {
				q.put(*m.Event)
			}
		}
		waiting := c.pending[m.ID]
		delete(c.pending, m.ID)
		c.mu.Unlock()
		if waiting == nil || m.Reply == nil {
			closeAll(fds)
			continue
		}
		waiting <- answer{*m.Reply, fds} // never blocks: room for one
	}
}

func (c *client) end() {
	c.wire.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = true
	close(c.gone)
	for q := range c.watches {
		q.close()
	}
}

// call asks the host and waits for its answer. When ctx ends it calls the
// request off and still waits a while, since the answer tells what was done.
func (c *client) call(ctx context.Context, op string, q request, fds ...int) (answer, error) {
	if err := ctx.Err(); err != nil {
		return answer{}, err
	}
	id, waiting, err := c.register()
	if err != nil {
		return answer{}, err
	}
	if err := c.wire.send(message{ID: id, Op: op, Request: &q}, fds...); err != nil {
		c.forget(id)
		select {
		case <-c.gone:
			return answer{}, closedError(nil)
		default:
			return answer{}, fmt.Errorf("asking the process host: %w", err)
		}
	}
	select {
	case a := <-waiting:
		return a, a.err()
	case <-c.gone:
		return answer{}, closedError(nil)
	case <-ctx.Done():
	}
	return c.callOff(ctx, id, waiting)
}

func (c *client) callOff(ctx context.Context, id uint64, waiting <-chan answer) (answer, error) {
	if err := c.wire.send(message{ID: id, Op: opCancel}); err != nil {
		return answer{}, closedError(err)
	}
	select {
	case a := <-waiting:
		if err := a.err(); err != nil {
			return a, fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return a, nil
	case <-c.gone:
		return answer{}, closedError(nil)
	case <-time.After(cancelGrace):
		c.forget(id)
		return answer{}, fmt.Errorf("the process host does not answer: %w", ctx.Err())
	}
}

func (c *client) register() (uint64, chan answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return 0, nil, closedError(nil)
	}
	c.last++
	waiting := make(chan answer, 1)
	c.pending[c.last] = waiting
	return c.last, waiting, nil
}

func (c *client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, id)
}

// watch gives all events from now on. The channel closes when ctx ends or the
// host does.
func (c *client) watch(ctx context.Context) (<-chan runtimes.InstanceEvent, error) {
	q := newQueue[runtimes.InstanceEvent]()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return nil, closedError(nil)
	}
	c.watches[q] = true
	out := make(chan runtimes.InstanceEvent)
	go c.pump(ctx, q, out)
	return out, nil
}

func (c *client) pump(ctx context.Context, q *queue[runtimes.InstanceEvent], out chan<- runtimes.InstanceEvent) {
	defer close(out)
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watches, q)
	}()
	for open := true; open; {
		var events []runtimes.InstanceEvent
		select {
		case <-q.wake:
			events, open = q.take()
		case <-ctx.Done():
			return
		}
		for _, e := range events {
			select {
			case out <- e:
			case <-ctx.Done():
				return
			}
		}
	}
}
