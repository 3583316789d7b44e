package proxy

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/health"
)

// The ways in which a verdict on an upstream came about.
const (
	viaActive  = "active"
	viaPassive = "passive"
)

// A verdict is a change of an upstream's health.
type verdict struct {
	Upstream
	healthy bool
	via     string
	note    string
}

// A pool knows the upstreams and chooses among them.
type pool struct {
	eject    Eject
	tell     func(verdict) // under the lock, so verdicts are told in order
	only     bool          // never leave the first tier: the bugs no-failover and blind-balancer
	blind    bool          // choose the unhealthy, too: the bug blind-balancer
	sticky   bool          // never go back to a lower tier: the bug no-failback
	panic    float64       // share of healthy upstreams below which checks are not believed; 0: they always are
	fresh    time.Duration // how long a good answer speaks for a panicking pool
	room     int           // requests that an upstream may have in flight; 0: any number
	ramp     time.Duration // how long the slow start of an upstream is
	chance   func() float64
	balancer balancer

	mu     sync.Mutex
	all    []*upstream
	tiers  [][]*upstream
	floor  int       // with sticky: the tier to look at first
	alarm  bool      // checks are not believed now
	served time.Time // the latest good answer
	picks  uint64
	closed bool
}

func newPool(c Config, tell func(verdict)) *pool {
	p := &pool{eject: c.Eject, tell: tell, balancer: newBalancer(c.balance()),
		only: c.has(bug.NoFailover) || c.has(bug.BlindBalancer), blind: c.has(bug.BlindBalancer), sticky: c.has(bug.NoFailback),
		panic: c.Panic, fresh: 2 * c.Health.Interval, room: c.Limits.Upstream, ramp: c.SlowStart, chance: rand.Float64}
	byTier := map[int][]*upstream{}
	for _, config := range c.Upstreams {
		u := newUpstream(config, c.Timeouts)
		p.all = append(p.all, u)
		byTier[u.Tier] = append(byTier[u.Tier], u)
	}
	for _, tier := range slices.Sorted(maps.Keys(byTier)) {
		p.tiers = append(p.tiers, byTier[tier])
	}
	return p
}

// pick chooses an upstream that is not among tried and counts it as in flight
// until done. Nil means there is none.
func (p *pool) pick(key string, tried []*upstream) *upstream {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.choose(key, tried)
	if u == nil {
		return nil
	}
	if p.sticky && len(tried) == 0 {
		p.floor = slices.IndexFunc(p.tiers, func(t []*upstream) bool { return slices.Contains(t, u) })
	}
	p.picks++
	u.used = p.picks
	u.inflight++
	return u
}

// choose asks for less and less: for a healthy upstream that has had its slow
// start, for any healthy one, and for one that is out only because requests failed:
// better a doubtful one than none. One that is full it never takes.
func (p *pool) choose(key string, tried []*upstream) *upstream {
	lot := p.chance()
	fit := func(u *upstream) bool { return u.healthy() || p.alarm && !u.ejected || p.blind }
	for _, may := range []func(*upstream) bool{
		func(u *upstream) bool { return fit(u) && lot < p.share(u) },
		fit,
		func(u *upstream) bool { return u.active || p.alarm || p.only },
	} {
		u := p.first(key, func(u *upstream) bool { return !slices.Contains(tried, u) && may(u) && !p.full(u) })
		if u != nil {
			return u
		}
	}
	return nil
}

// first asks the tiers in order for an upstream that may be used.
func (p *pool) first(key string, may func(*upstream) bool) *upstream {
	tiers := slices.Concat(p.tiers[p.floor:], p.tiers[:p.floor])
	if p.only {
		tiers = p.tiers[:1]
	}
	for _, tier := range tiers {
		from := make([]*upstream, 0, len(tier))
		for _, u := range tier {
			if may(u) {
				from = append(from, u)
			}
		}
		if len(from) > 0 {
			return p.balancer.choose(from, key)
		}
	}
	return nil
}

// checked takes in an active check. As many successes as make an upstream
// healthy also end its ejection.
func (p *pool) checked(name string, r health.Result, success int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.all, func(u *upstream) bool { return u.Name == name })
	if i < 0 || p.closed {
		return
	}
	u := p.all[i]
	if r.Changed {
		u.judged, u.active = true, r.Healthy
		p.alarm = p.panics()
		p.settle(u, viaActive, r.Note)
	}
	if u.ejected && r.Err == nil {
		if u.passes++; u.passes >= success {
			p.takeBack(u, viaActive, "check passed")
		}
	}
}

// settle tells the verdict when it is a new one. Connections to an upstream
// that went bad are dropped, as they may lead nowhere.
func (p *pool) settle(u *upstream, via, note string) {
	if !u.judged || u.told && u.telling == u.healthy() {
		return
	}
	if u.told && u.healthy() {
		u.since = time.Now()
	}
	u.told, u.telling = true, u.healthy()
	if !u.telling {
		u.transport.CloseIdleConnections()
	}
	p.tell(verdict{Upstream: u.Upstream, healthy: u.telling, via: via, note: note})
}

// ready says whether active checks find any upstream healthy; or, where they are
// not believed, whether there was a good answer of late.
func (p *pool) ready() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.all, func(u *upstream) bool { return u.active }) ||
		p.alarm && time.Since(p.served) <= p.fresh
}

// close ends the timers and idle connections; no verdict is told after it.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, u := range p.all {
		if u.back != nil {
			u.back.Stop()
		}
		u.transport.CloseIdleConnections()
	}
}
