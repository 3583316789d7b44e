package agent

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// A Client is the other end of one agent. Its methods may be called at the same
// time; when their ctx ends they stop waiting, and the agent lives on.
type Client struct {
	in    runtimes.InNet
	lines *lines
	spec  *Spec         // what was armed
	clean chan struct{} // closed when nothing of a dead agent is left
	left  error         // what could not be cleared away, set before
	grip  grip
}

// Start runs an agent inside an instance's network namespace. It lives no longer
// than ctx and than the Client is open.
func Start(ctx context.Context, in runtimes.InNet) (*Client, error) {
	p, err := in.RunInNet(ctx, []string{"agent"})
	if err != nil {
		return nil, fmt.Errorf("start the agent: %w", err)
	}
	_, relayed := p.(runtimes.Relayed)
	return &Client{in: in, lines: talk(p), grip: grip{relayed: relayed}}, nil
}

// ErrAgentGone means that the agent has ended, and its damage with it.
var ErrAgentGone = errors.New("the agent is gone, and its damage with it")

// Arm makes damage ready. If the agent should die without being closed, what
// the kernel does not take back with it is then cleared away at once.
func (c *Client) Arm(ctx context.Context, s Spec) error {
	s.Words = c.grip.relayed
	if _, err := c.lines.ask(ctx, Request{Op: "arm", Spec: &s}); err != nil {
		return err
	}
	c.spec, c.clean = &s, make(chan struct{})
	go func() {
		defer close(c.clean)
		<-c.lines.gone
		if !c.lines.closed.Load() {
			c.left = c.sweepAfter()
		}
	}()
	return nil
}

const sweepPatience = 10 * time.Second

func (c *Client) sweepAfter() error {
	ctx, cancel := context.WithTimeout(context.Background(), sweepPatience)
	defer cancel()
	err := Sweep(ctx, c.in, c.spec)
	if errors.Is(err, runtimes.ErrGone) {
		return nil // the namespace went, too
	}
	return err
}

// Sweep takes back what a dead agent left of its damage in an instance's
// namespace; without a Spec, what all dead agents left.
func Sweep(ctx context.Context, in runtimes.InNet, s *Spec) error {
	c, err := Start(ctx, in)
	if err != nil {
		return err
	}
	_, err = c.lines.ask(ctx, Request{Op: "sweep", Spec: s})
	return errors.Join(err, c.Close())
}

// Fire does it and returns the mono instant of effect.
func (c *Client) Fire(ctx context.Context) (time.Duration, error) {
	c.grip.take(c.lines)
	rep, err := c.lines.ask(ctx, Request{Op: "fire"})
	return rep.At, err
}

// Revert takes it back and returns the mono instant. It is safe to repeat. If
// the agent is dead it waits until nothing of it is left; then there is no
// instant.
func (c *Client) Revert(ctx context.Context) (time.Duration, error) {
	rep, err := c.lines.ask(ctx, Request{Op: "revert"})
	if err == nil {
		c.grip.release(nil)
	}
	if !errors.Is(err, ErrAgentGone) || c.clean == nil {
		return rep.At, err
	}
	c.grip.release(err)
	select {
	case <-c.clean:
		return 0, c.left
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Look reads back what the kernel says about the damage. Of a dead agent it says
// that there is none.
func (c *Client) Look(ctx context.Context) (Look, error) {
	rep, err := c.lines.ask(ctx, Request{Op: "look"})
	if errors.Is(err, ErrAgentGone) && c.clean != nil {
		return Look{Text: err.Error()}, nil
	}
	return rep.Look, err
}

// Probe tries the data path from inside. A dead agent is replaced by one for
// this once.
func (c *Client) Probe(ctx context.Context, to []netip.AddrPort, ask Ask) ([]Probe, error) {
	req := Request{Op: "probe", Probe: to, Ask: ask}
	rep, err := c.lines.ask(ctx, req)
	if !errors.Is(err, ErrAgentGone) || c.clean == nil {
		return rep.Probes, err
	}
	other, err := Start(ctx, c.in)
	if err != nil {
		return nil, err
	}
	rep, err = other.lines.ask(ctx, req)
	return rep.Probes, errors.Join(err, other.Close())
}

// Close ends the lease and waits until the agent has ended and nothing of it is
// left. It is safe to repeat.
func (c *Client) Close() error {
	c.grip.release(nil)
	err := c.lines.close()
	if c.clean == nil {
		return err
	}
	<-c.clean
	return errors.Join(err, c.left)
}

// Doctor asks an agent inside an instance's namespace what its kernel can do.
func Doctor(ctx context.Context, in runtimes.InNet) ([]Check, error) {
	c, err := Start(ctx, in)
	if err != nil {
		return nil, err
	}
	rep, err := c.lines.ask(ctx, Request{Op: "doctor"})
	return rep.Checks, errors.Join(err, c.Close())
}
