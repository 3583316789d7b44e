package agent

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
)

// newDelay takes netem where the kernel has it and the delay is for everyone,
// else the relay.
func newDelay(s Spec) (damage, error) {
	if s.Delay <= 0 {
		return nil, errors.New("latency: no delay")
	}
	if len(s.Peers) == 0 && len(s.Ports) == 0 && (s.Direction == "" || s.Direction == Both) {
		if n := newNetem(s); n.try() == nil {
			return n, nil
		}
	}
	return &detour{spec: s}, nil
}

// detour is latency without netem: new TCP connections from and to the instance
// are redirected to a relay in this process, which holds back every byte that
// the instance sends. Connections of before are broken when it begins, as their
// packets belong to no connection that the relay knows.
type detour struct {
	spec  Spec
	nat   *nat
	relay *relay
	on    atomic.Bool
}

func (d *detour) try() error {
	r, err := newRelay(d.spec.Delay, d.spec.Jitter)
	if err != nil {
		return err
	}
	dry := &nat{spec: d.spec, port: r.port()}
	dry.spec.ID = "try_" + d.spec.ID
	// No packet is sent on this detour: the chains go in the same instant, and
	// whoever hits the gap meets a relay that serves.
	if err := errors.Join(dry.fire(), dry.revert()); err != nil {
		return errors.Join(err, r.Close())
	}
	d.relay = r
	d.nat = &nat{spec: d.spec, port: r.port()}
	return nil
}

func (d *detour) fire() error {
	if err := d.nat.fire(); err != nil {
		return err
	}
	d.on.Store(true)
	return nil
}

func (d *detour) look() (bool, string, error) {
	is, err := d.nat.there()
	if err != nil || !is {
		return false, "no redirect of ours", err
	}
	return true, fmt.Sprintf("way: relay, %s ± %s on every byte sent, %d connections relayed (table %s)", d.spec.Delay, d.spec.Jitter, d.relay.served.Load(), d.spec.table()), nil
}

// revert takes the redirect away first, then the relay with its connections:
// who connects again goes straight.
func (d *detour) revert() error {
	if d.nat == nil {
		return nil
	}
	err := d.nat.revert()
	if errors.Is(err, syscall.ENOENT) {
		err = nil
	}
	d.on.Store(false)
	return errors.Join(err, d.relay.Close())
}
