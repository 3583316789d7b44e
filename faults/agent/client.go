package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// A Client is the other end of one agent. Its methods wait for each other.
type Client struct {
	mu   sync.Mutex
	proc runtimes.Process
	out  *json.Encoder
	in   *bufio.Scanner
}

// Start runs an agent inside an instance's network namespace. It lives no longer
// than ctx and than the Client is open.
func Start(ctx context.Context, in runtimes.InNet) (*Client, error) {
	p, err := in.RunInNet(ctx, []string{"agent"})
	if err != nil {
		return nil, fmt.Errorf("start the agent: %w", err)
	}
	lines := bufio.NewScanner(p)
	lines.Buffer(nil, 1<<20)
	return &Client{proc: p, out: json.NewEncoder(p), in: lines}, nil
}

// ErrAgentGone means that the agent has ended, and its damage with it.
var ErrAgentGone = errors.New("the agent is gone, and its damage with it")

// do sends one request and waits for its answer.
func (c *Client) do(ctx context.Context, req Request) (Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var rep Reply
	stop := context.AfterFunc(ctx, func() { c.proc.CloseWrite() }) // the lease's end answers every wait
	defer stop()
	if err := c.out.Encode(req); err != nil {
		return rep, fmt.Errorf("%s: %w: %w", req.Op, ErrAgentGone, err)
	}
	if !c.in.Scan() {
		err := c.in.Err()
		if err == nil {
			err = io.EOF
		}
		return rep, fmt.Errorf("%s: %w: %w", req.Op, ErrAgentGone, err)
	}
	if err := json.Unmarshal(c.in.Bytes(), &rep); err != nil {
		return rep, fmt.Errorf("%s: answer of the agent: %w", req.Op, err)
	}
	if rep.Err != "" {
		return rep, fmt.Errorf("%s: %s", req.Op, rep.Err)
	}
	return rep, nil
}

// Arm makes damage ready.
func (c *Client) Arm(ctx context.Context, s Spec) error {
	_, err := c.do(ctx, Request{Op: "arm", Spec: &s})
	return err
}

// Fire does it and returns the mono instant of effect.
func (c *Client) Fire(ctx context.Context) (time.Duration, error) {
	rep, err := c.do(ctx, Request{Op: "fire"})
	return rep.At, err
}

// Revert takes it back and returns the mono instant. It is safe to repeat.
func (c *Client) Revert(ctx context.Context) (time.Duration, error) {
	rep, err := c.do(ctx, Request{Op: "revert"})
	return rep.At, err
}

// Look reads back whether the damage is there.
func (c *Client) Look(ctx context.Context) (active bool, text string, err error) {
	rep, err := c.do(ctx, Request{Op: "look"})
	return rep.Active, rep.Text, err
}

// Probe tries the data path from inside.
func (c *Client) Probe(ctx context.Context, to []netip.AddrPort) ([]Probe, error) {
	rep, err := c.do(ctx, Request{Op: "probe", Probe: to})
	return rep.Probes, err
}

// Close ends the lease and waits for the agent. It is safe to repeat.
func (c *Client) Close() error {
	return errors.Join(c.proc.CloseWrite(), c.proc.Close())
}

// Doctor asks an agent inside an instance's namespace what its kernel can do.
func Doctor(ctx context.Context, in runtimes.InNet) ([]Check, error) {
	c, err := Start(ctx, in)
	if err != nil {
		return nil, err
	}
	rep, err := c.do(ctx, Request{Op: "doctor"})
	return rep.Checks, errors.Join(err, c.Close())
}
