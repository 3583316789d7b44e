package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/runtimes"
)

// A hostConfig is what the host learns first.
type hostConfig struct {
	Exe    string       `json:"exe"`
	Env    []string     `json:"env"` // of every process, before the node's own
	LogDir string       `json:"log_dir"`
	V4     netip.Prefix `json:"v4"`
	V6     netip.Prefix `json:"v6"`
}

// A host supervises the nodes of one system from inside its namespaces.
type host struct {
	wire   *wire
	events *queue[runtimes.InstanceEvent]
	sup    *supervisor
	config hostConfig
	bridge *bridge
	null   *os.File

	helperLog  *os.File
	helpers    map[int]*helper // by id; belongs to sup.mu
	lastHelper int             // belongs to sup.mu

	mu       sync.Mutex
	nodes    map[string]*node
	links    int // pairs of links ever made
	requests map[uint64]context.CancelFunc
}

// Host is the main function of the hidden command that [New] starts, with the
// control socket as descriptor 3. It returns when the socket is closed or ctx
// ends; the process must end then, and all nodes end with it.
func Host(ctx context.Context, control *os.File) error {
	w, err := newWire(control)
	if err != nil {
		return err
	}
	defer w.conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { w.conn.Close() })()
	h := &host{
		wire: w, events: newQueue[runtimes.InstanceEvent](),
		sup:     &supervisor{children: map[int]child{}},
		helpers: map[int]*helper{}, nodes: map[string]*node{},
		requests: map[uint64]context.CancelFunc{},
	}
	go h.sup.reap(ctx)
	go h.sendEvents(ctx)
	return h.serve(ctx)
}

// serve handles each request in its own goroutine until the socket closes.
func (h *host) serve(ctx context.Context) error {
	buf := make([]byte, maxPacket)
	for {
		m, fds, err := h.wire.receive(buf)
		if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, unix.ECONNRESET) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("process host: %w", err)
		}
		if m.Request == nil {
			m.Request = &request{}
		}
		if m.Op == opCancel {
			h.cancel(m.ID)
			continue
		}
		rctx, cancel := context.WithCancel(ctx)
		h.mu.Lock()
		h.requests[m.ID] = cancel
		h.mu.Unlock()
		go h.answer(rctx, m, fds)
	}
}

func (h *host) answer(ctx context.Context, m message, fds []int) {
	defer h.cancel(m.ID)
	defer closeAll(fds)
	r, out, err := h.handle(ctx, m, fds)
	defer closeAll(out)
	if err != nil {
		r.setError(err)
	}
	// An error means that the owner is gone; serve sees it too.
	_ = h.wire.send(message{ID: m.ID, Reply: &r}, out...)
}

func (h *host) cancel(id uint64) {
	h.mu.Lock()
	cancel := h.requests[id]
	delete(h.requests, id)
	h.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

func (h *host) sendEvents(ctx context.Context) {
	for {
		select {
		case <-h.events.wake:
		case <-ctx.Done():
			return
		}
		events, _ := h.events.take()
		for _, e := range events {
			if h.wire.send(message{Event: &e}) != nil {
				return
			}
		}
	}
}

// configure makes the bridge and opens what all processes share.
func (h *host) configure(c *hostConfig) (reply, error) {
	if c == nil || h.bridge != nil {
		return reply{}, errors.New("the host must be configured once")
	}
	h.config = *c
	var err error
	if h.null, err = os.Open(os.DevNull); err != nil {
		return reply{}, err
	}
	if h.helperLog, err = openLog(filepath.Join(c.LogDir, "helpers.log"), 0); err != nil {
		return reply{}, err
	}
	if h.bridge, err = newBridge(c.V4, c.V6); err != nil {
		return reply{}, err
	}
	return reply{IPv6: h.bridge.v6.IsValid()}, nil
}

// openLog opens a file that processes append to; flags may add O_TRUNC.
func openLog(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|flags, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening a log: %w", err)
	}
	return f, nil
}

// node finds a node by name.
func (h *host) node(name string) (*node, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.nodes[name]
	if n == nil {
		return nil, fmt.Errorf("%q: %w", name, runtimes.ErrNoInstance)
	}
	return n, nil
}
