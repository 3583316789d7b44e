package proxy

import "net/http"

// full says whether an upstream has as many requests in flight as it may. Others
// of any tier are asked then, each within its own limit, so that a slow upstream
// holds no more of the gateway than its part: a bulkhead.
func (p *pool) full(u *upstream) bool {
	if p.room <= 0 || u.inflight < p.room {
		return false
	}
	u.overflows++
	return true
}

// whyNone says why pick found nobody for a request that nobody was asked yet.
func (p *pool) whyNone() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.all {
		if (u.active || p.alarm) && p.room > 0 && u.inflight >= p.room {
			return errFull
		}
	}
	return errNoUpstream
}

// admit counts a request in, if there is room for it; leave counts it out. A
// gateway that takes more than can be answered answers nobody in time.
func (g *gateway) admit() bool {
	if most := int64(g.config.Limits.Gateway); g.inflight.Add(1) > most && most > 0 {
		g.inflight.Add(-1)
		g.metrics.shed.Inc()
		return false
	}
	return true
}

func (g *gateway) leave() { g.inflight.Add(-1) }

// limited answers requests while there is room.
func (g *gateway) limited(w http.ResponseWriter, r *http.Request) {
	if !g.admit() {
		g.refuse(w, r, errBusy)
		return
	}
	defer g.leave()
	g.proxy.ServeHTTP(w, r)
}
