package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// leaseTTL ends an agent that everybody has forgotten.
const leaseTTL = 2 * time.Hour

var armings atomic.Uint64

// A held is one target with the agent that holds its damage.
type held struct {
	t      Target
	client *agent.Client
	before baseline
	was    runtimes.Status // when it was armed, if its runtime tells
	mount  runtimes.Mount  // that is damaged, if it is one
	by     prover
	spec   agent.Spec
}

func (h *held) name() string { return h.t.Instance.Node().Name }

// A prover tries the data path of one target, whether the damage should be in
// force or not.
type prover interface {
	prove(ctx context.Context, h *held, want bool) (Evidence, error)
}

// A finder is a prover that needs no addresses to try.
type finder interface{ findsItsOwn() }

// An entrance is a prover whose agents are not in the targets' networks.
type entrance interface {
	enter(in runtimes.Instance) runtimes.InNet
}

// leased is the Armed of network damage: one agent for every target.
type leased struct {
	on []*held
	by prover
}

// armAgents starts an agent in every target's namespace, in parallel, and has it
// try the damage where nothing can notice.
func armAgents(ctx context.Context, on []Target, spec agent.Spec, by prover) (Armed, error) {
	return armEach(ctx, on, slices.Repeat([]agent.Spec{spec}, len(on)), by)
}

// armEach is armAgents with damage of each target's own.
func armEach(ctx context.Context, on []Target, specs []agent.Spec, by prover) (Armed, error) {
	if len(on) == 0 {
		return nil, runtimes.ErrNoInstance
	}
	l := &leased{on: make([]*held, len(on)), by: by}
	n := armings.Add(1)
	for i, t := range on {
		s := specs[i]
		s.ID, s.TTL = fmt.Sprintf("%s_%d", s.Kind, n), leaseTTL
		l.on[i] = &held{t: t, before: baseline{}, by: by, spec: s}
	}
	_, err := l.every(func(h *held) (time.Duration, error) { return 0, h.arm(ctx) })
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (h *held) arm(ctx context.Context) error {
	in, ok := h.t.Instance.(runtimes.InNet)
	if e, has := h.by.(entrance); has {
		in, ok = e.enter(h.t.Instance), true
	}
	if !ok {
		return fmt.Errorf("%w: its runtime cannot run an agent in its network", runtimes.ErrUnsupported)
	}
	s := h.spec
	s.Run, s.Addrs, s.Peers = h.t.Instance.Ref().System, h.t.Instance.Node().Addrs, h.t.Peers
	if was, err := status(ctx, h.t.Instance); err == nil {
		h.was = was
	}
	// The agent outlives the arming: its lease is Close.
	c, err := agent.Start(context.WithoutCancel(ctx), in)
	if err != nil {
		return err
	}
	h.client = c
	if m, ok := in.(*doorway); ok {
		h.mount = m.leads
		s.Dir, s.Shared = h.mount.Dir, h.mount.Shared
	}
	return c.Arm(ctx, s)
}

// every asks all agents at once.
func (l *leased) every(ask func(h *held) (time.Duration, error)) (map[string]time.Duration, error) {
	at := map[string]time.Duration{}
	var errs error
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, h := range l.on {
		wg.Go(func() {
			stamp, err := ask(h)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = errors.Join(errs, fmt.Errorf("%s: %w", h.name(), err))
			}
			if stamp != 0 {
				at[h.name()] = stamp
			}
		})
	}
	wg.Wait()
	return at, errs
}

func (l *leased) Fire(ctx context.Context) (map[string]time.Duration, error) {
	return l.every(func(h *held) (time.Duration, error) { return h.client.Fire(ctx) })
}

// Revert takes the damage back. Where the agent is dead its damage ended with
// it, and there is no instant.
func (l *leased) Revert(ctx context.Context) (map[string]time.Duration, error) {
	return l.every(func(h *held) (time.Duration, error) { return h.client.Revert(ctx) })
}

// Early implements Ender.
func (l *leased) Early() map[string]string {
	over := map[string]string{}
	for _, h := range l.on {
		if h.client == nil {
			continue
		}
		if err := h.client.Early(); err != nil {
			over[h.name()] = err.Error()
		}
	}
	return over
}

func (l *leased) Close() error {
	_, err := l.every(func(h *held) (time.Duration, error) {
		if h.client == nil {
			return 0, nil
		}
		return 0, h.client.Close()
	})
	return err
}

// Verify reads back what the kernel holds and tries the data path from inside
// every target.
func (l *leased) Verify(ctx context.Context, want bool) ([]Evidence, error) {
	return lookAt(l.on, func(h *held) ([]Evidence, error) { return l.look(ctx, h, want) })
}

func (l *leased) look(ctx context.Context, h *held, want bool) ([]Evidence, error) {
	if _, finds := l.by.(finder); !finds && len(h.t.Probe) == 0 {
		return nil, fmt.Errorf("%s: there is no address whose silence would prove anything", h.name())
	}
	path, err := l.by.prove(ctx, h, want)
	if errors.Is(err, runtimes.ErrGone) {
		return vanished(h.name(), want), nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.name(), err)
	}
	path.At = mono.Now()
	// After the probes, so that what they met is in the counters.
	kernel, err := h.client.Look(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.name(), err)
	}
	if want && !kernel.Active {
		kernel.Text += h.restarted(ctx)
	}
	path.Instance, path.How = h.name(), "data-path"
	return []Evidence{{Instance: h.name(), How: "read-back", OK: kernel.Active == want, Text: kernel.Text, At: mono.Now()}, path}, nil
}

// restarted says so when a target runs in a network anew, in which nobody has done
// any damage.
func (h *held) restarted(ctx context.Context) string {
	is, err := status(ctx, h.t.Instance)
	if err != nil || is.PID == h.was.PID {
		return ""
	}
	return fmt.Sprintf("; the target has restarted meanwhile (process %d, was %d): a container has a new network and new tmpfs then, without the damage", is.PID, h.was.PID)
}

// vanished is the evidence of an instance that is not there to look at: no damage
// is in force on it, and none is left.
func vanished(name string, want bool) []Evidence {
	return []Evidence{{Instance: name, How: "read-back", OK: !want, Text: "the instance is down or no more, and the damage with it", At: mono.Now()}}
}

// undoLeased sweeps away what a dead agent left. Damage that ends with its agent
// is not journalled, but an Undo must be true from any state.
func undoLeased(ctx context.Context, in runtimes.Instance) error {
	n, ok := in.(runtimes.InNet)
	if !ok {
		return nil // nothing of ours can be in there
	}
	if err := agent.Sweep(ctx, n, nil); err != nil && !errors.Is(err, runtimes.ErrGone) {
		return err
	}
	return nil
}
