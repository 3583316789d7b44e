package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

// leaseTTL ends an agent that everybody has forgotten.
const leaseTTL = 2 * time.Hour

var armings atomic.Uint64

// A held is one target with the agent that holds its damage.
type held struct {
	t      Target
	client *agent.Client
}

// leased is the Armed of network damage: one agent for every target.
type leased struct {
	on    []held
	prove func(h held, probes []agent.Probe, want bool) Evidence
}

// armAgents starts an agent in every target's namespace, in parallel, and has it
// try the damage where nothing can notice.
func armAgents(ctx context.Context, on []Target, spec agent.Spec, prove func(held, []agent.Probe, bool) Evidence) (Armed, error) {
	l := &leased{on: make([]held, len(on)), prove: prove}
	errs := make([]error, len(on))
	arming := armings.Add(1)
	var wg sync.WaitGroup
	for i, t := range on {
		wg.Go(func() {
			s := spec
			s.Run, s.ID, s.TTL = t.Instance.Ref().System, fmt.Sprintf("%s_%d", spec.Kind, arming), leaseTTL
			s.Addrs, s.Peers = t.Instance.Node().Addrs, t.Peers
			l.on[i] = held{t: t}
			// The agent outlives the arming: its lease is Close.
			l.on[i].client, errs[i] = agent.Start(context.WithoutCancel(ctx), t.Instance.(runtimes.InNet))
			if errs[i] == nil {
				errs[i] = l.on[i].client.Arm(ctx, s)
			}
			if errs[i] != nil {
				errs[i] = fmt.Errorf("%s: %w", t.Instance.Node().Name, errs[i])
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// every asks all agents at once.
func (l *leased) every(ask func(h held) (time.Duration, error)) (map[string]time.Duration, error) {
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
				errs = errors.Join(errs, fmt.Errorf("%s: %w", h.t.Instance.Node().Name, err))
				return
			}
			at[h.t.Instance.Node().Name] = stamp
		})
	}
	wg.Wait()
	return at, errs
}

func (l *leased) Fire(ctx context.Context) (map[string]time.Duration, error) {
	return l.every(func(h held) (time.Duration, error) { return h.client.Fire(ctx) })
}

// Revert takes the damage back. Where the agent is gone its lease has ended, and
// the damage with it: Verify has to show that.
func (l *leased) Revert(ctx context.Context) (map[string]time.Duration, error) {
	return l.every(func(h held) (time.Duration, error) {
		at, err := h.client.Revert(ctx)
		if errors.Is(err, agent.ErrAgentGone) {
			return at, nil
		}
		return at, err
	})
}

func (l *leased) Close() error {
	errs := make([]error, len(l.on))
	var wg sync.WaitGroup
	for i, h := range l.on {
		if h.client != nil {
			wg.Go(func() { errs[i] = h.client.Close() })
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Verify reads back what the kernel holds and tries the data path from inside
// every target.
func (l *leased) Verify(ctx context.Context, want bool) ([]Evidence, error) {
	out := make([][]Evidence, len(l.on))
	errs := make([]error, len(l.on))
	var wg sync.WaitGroup
	for i, h := range l.on {
		wg.Go(func() { out[i], errs[i] = l.look(ctx, h, want) })
	}
	wg.Wait()
	var all []Evidence
	for _, e := range out {
		all = append(all, e...)
	}
	return all, errors.Join(errs...)
}

func (l *leased) look(ctx context.Context, h held, want bool) ([]Evidence, error) {
	name := h.t.Instance.Node().Name
	if len(h.t.Probe) == 0 {
		return nil, fmt.Errorf("%s: there is no address whose silence would prove anything", name)
	}
	probes, err := h.client.Probe(ctx, h.t.Probe)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	path := l.prove(h, probes, want)
	path.Instance, path.How = name, "data-path"
	// After the probes, so that what they met is in the counters.
	active, text, err := h.client.Look(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return []Evidence{{Instance: name, How: "read-back", OK: active == want, Text: text}, path}, nil
}

// silence proves a cut: the probes that it concerns must get no answer while it
// is in force, and all others must go on answering: too wide a cut is as wrong
// as none.
func silence(h held, probes []agent.Probe, want bool) Evidence {
	var said []string
	e := Evidence{OK: true}
	cut := 0
	for _, p := range probes {
		hit := len(h.t.Peers) == 0 || contains(h.t.Peers, p.To.Addr())
		if hit {
			cut++
		}
		if p.Up == (want && hit) {
			e.OK = false
		}
		said = append(said, fmt.Sprintf("%s %s", p.To, p.Said))
	}
	if cut == 0 {
		e.OK = false
		said = append(said, "no probe is on the other side")
	}
	e.Text = "connects: " + strings.Join(said, ", ")
	return e
}

func contains[T comparable](all []T, x T) bool {
	for _, a := range all {
		if a == x {
			return true
		}
	}
	return false
}

// undoLeased is for damage that ends with its agent: there is nothing left to
// take back.
func undoLeased(context.Context, runtimes.Instance) error { return nil }
