package agent_test

import (
	"context"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/lab"
	"github.com/drillctl/drillctl/runtimes"
)

// A relaying host passes the first agent's input on, as an engine does, until it is
// dead: then it keeps it open, and passes nothing.
type relaying struct {
	killable
	dead atomic.Bool
}

type relayed struct {
	runtimes.Process
	by *relaying
}

func (relayed) Relayed() {}

func (p relayed) Write(b []byte) (int, error) {
	if p.by.dead.Load() {
		return len(b), nil
	}
	return p.Process.Write(b)
}

func (r *relaying) RunInNet(ctx context.Context, args []string) (runtimes.Process, error) {
	first := r.first == nil
	p, err := r.killable.RunInNet(ctx, args)
	if err != nil || !first {
		return p, err
	}
	return relayed{p, r}, nil
}

func relay(t *testing.T, target *lab.Host, s agent.Spec) (*relaying, *agent.Client) {
	t.Helper()
	r := &relaying{killable: killable{Host: target}}
	c, err := agent.Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // its process may have ended badly
	if err := c.Arm(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return r, c
}

// Who passes the agent's input on may die without ending it: the damage ends for
// want of beats within a second, is called over early, and nothing is left.
func TestBeats(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		for _, kind := range []string{agent.Drop, agent.Latency, agent.Bandwidth, agent.HTTP} {
			t.Run(kind, func(t *testing.T) {
				before := state(t, target)
				r, c := relay(t, target, spec(target, kind))
				time.Sleep(time.Second) // nothing is in force: nothing has to be heard
				if _, err := c.Fire(t.Context()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(1500 * time.Millisecond)
				if l, err := c.Look(t.Context()); err != nil || !l.Active || c.Early() != nil {
					t.Fatalf("with beats: %+v, %v, over: %v", l, err, c.Early())
				}
				r.dead.Store(true)
				if took := soon(t, 1700*time.Millisecond, func() error { return same(before, state(t, target)) }); took > time.Second {
					t.Errorf("gone after %v", took)
				}
				expect(t, peer, target, "open")
				if at, err := c.Revert(t.Context()); err != nil || at != 0 {
					t.Errorf("revert: %v, %v", at, err)
				}
				if err := c.Early(); err == nil || !strings.Contains(err.Error(), "nothing was heard") {
					t.Errorf("over early: %v", err)
				}
				if l, err := c.Look(t.Context()); err != nil || l.Active || !strings.Contains(l.Text, "nothing was heard") {
					t.Errorf("look: %+v, %v", l, err)
				}
			})
		}
	})
}

// A machine that stands still is no reason to take damage back: neither the agent
// nor who holds it could have said a word. What is taken back in order was not over
// early, and needs no beats any more.
func TestBeatsOfAMachineThatStandsStill(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, _ := hosts(t, n)
		r, c := relay(t, target, spec(target, agent.Drop))
		if _, err := c.Fire(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.dead.Store(true)
		for _, s := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
			if err := r.first.Signal(s); err != nil {
				t.Fatal(err)
			}
			if s == syscall.SIGSTOP {
				time.Sleep(2 * time.Second)
			}
		}
		r.dead.Store(false)
		time.Sleep(300 * time.Millisecond)
		expect(t, peer, target, "silent")
		if at, err := c.Revert(t.Context()); err != nil || at == 0 || c.Early() != nil {
			t.Errorf("revert: %v, %v, over: %v", at, err, c.Early())
		}
		r.dead.Store(true)
		time.Sleep(1200 * time.Millisecond)
		r.dead.Store(false)
		if _, err := c.Fire(t.Context()); err != nil {
			t.Errorf("firing again: %v", err)
		}
	})
}
