package proxy

import (
	"fmt"
	"time"
)

// An outcome is how a request to an upstream ended, as far as it tells about
// the upstream's health.
type outcome int

const (
	neutral outcome = iota // the client gave up: nobody's fault
	good
	bad
)

// done ends what pick began. So many bad outcomes in a row eject the upstream.
func (p *pool) done(u *upstream, o outcome, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u.inflight--
	switch o {
	case good:
		u.fails = 0
		p.served = time.Now()
	case bad:
		u.fails++
		if p.eject.Failures > 0 && u.fails >= p.eject.Failures && !u.ejected && !p.closed {
			p.throwOut(u, why)
		}
	}
}

func (p *pool) throwOut(u *upstream, why string) {
	u.ejected, u.passes = true, 0
	u.ejections++
	u.back = time.AfterFunc(p.eject.For, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.takeBack(u, viaPassive, fmt.Sprintf("out for %v", p.eject.For))
	})
	p.settle(u, viaPassive, fmt.Sprintf("%d requests failed: %s", u.fails, why))
}

// takeBack ends an ejection on probation: one more failure and it is out again.
func (p *pool) takeBack(u *upstream, via, note string) {
	if !u.ejected || p.closed {
		return
	}
	u.back.Stop()
	u.ejected, u.fails = false, max(0, p.eject.Failures-1)
	p.settle(u, via, note)
}
