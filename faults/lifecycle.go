package faults

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// needs is a Fits that asks for one act.
func needs[Act any](act string) func(runtimes.Instance) error {
	return func(in runtimes.Instance) error {
		if _, ok := in.(Act); !ok {
			return fmt.Errorf("%w: its runtime cannot %s it", runtimes.ErrUnsupported, act)
		}
		return nil
	}
}

// acted is the Armed of damage done through a runtime's own acts.
type acted struct {
	on     []Target
	fire   act
	all    func(ctx context.Context, on []Target) (map[string]time.Duration, error) // in place of fire, if set
	undo   act
	down   func(was, is runtimes.Status) (bool, string) // reads the damage from the state
	before map[string]runtimes.Status
	// once is damage that heals by itself: gone is running again.
	once bool
}

// armActs looks at every target: what is not running cannot be hurt.
func armActs(ctx context.Context, a *acted) (Armed, error) {
	if len(a.on) == 0 {
		return nil, runtimes.ErrNoInstance
	}
	a.before = map[string]runtimes.Status{}
	for _, t := range a.on {
		s, err := status(ctx, t.Instance)
		if err != nil {
			return nil, err
		}
		if s.State != runtimes.Running {
			return nil, fmt.Errorf("%s is %s, not running", t.Instance.Node().Name, s.State)
		}
		a.before[t.Instance.Node().Name] = s
	}
	return a, nil
}

func status(ctx context.Context, in runtimes.Instance) (runtimes.Status, error) {
	st, ok := in.(runtimes.Stater)
	if !ok {
		return runtimes.Status{}, fmt.Errorf("%s: %w: its runtime does not tell its state", in.Node().Name, runtimes.ErrUnsupported)
	}
	return st.Status(ctx)
}

func (a *acted) Fire(ctx context.Context) (map[string]time.Duration, error) {
	if a.all != nil {
		return a.all(ctx, a.on)
	}
	return each(ctx, a.on, a.fire)
}

func (a *acted) Revert(ctx context.Context) (map[string]time.Duration, error) {
	return each(ctx, a.on, a.undo)
}

func (a *acted) Close() error { return nil }

// Verify reads every target's state, and knocks at its door.
func (a *acted) Verify(ctx context.Context, want bool) ([]Evidence, error) {
	return lookAt(a.on, func(t Target) ([]Evidence, error) { return a.look(ctx, t, want) })
}

func (a *acted) look(ctx context.Context, t Target, want bool) ([]Evidence, error) {
	name := t.Instance.Node().Name
	is, err := status(ctx, t.Instance)
	if errors.Is(err, runtimes.ErrGone) {
		return vanished(name, want), nil
	}
	if err != nil {
		return nil, err
	}
	isDown, text := a.down(a.before[name], is)
	ok := isDown == want
	if !want {
		ok = is.State == runtimes.Running
	}
	back := Evidence{Instance: name, How: "read-back", OK: ok, Text: text, At: mono.Now()}
	door, has := doorOf(t.Instance.Node())
	dial, can := t.Instance.(runtimes.Dialer)
	if !has || !can || a.once && want {
		return []Evidence{back}, nil
	}
	open, said := knock(ctx, dial, door)
	return []Evidence{back, {Instance: name, How: "data-path", OK: open != want, Text: fmt.Sprintf("connect to %s %s", door, said), At: mono.Now()}}, nil
}

const knockPatience = 300 * time.Millisecond

// knock says whether somebody answers: an accepted connection of a frozen
// process is not an answer, so a request is sent.
func knock(ctx context.Context, d runtimes.Dialer, door netip.AddrPort) (bool, string) {
	ctx, cancel := context.WithTimeout(ctx, knockPatience)
	defer cancel()
	c, err := d.DialContext(ctx, "tcp", door.String())
	if err != nil {
		return false, "failed: " + agent.Reason(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(knockPatience)); err != nil {
		return false, agent.Reason(err)
	}
	if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.0\r\nHost: %s\r\n\r\n", door); err != nil {
		return false, "was cut: " + agent.Reason(err)
	}
	if n, err := c.Read(make([]byte, 12)); n == 0 {
		return false, "was accepted, but nobody answered: " + agent.Reason(err)
	}
	return true, "was answered"
}
