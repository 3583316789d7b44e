package proxy

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/tokens"
)

// A State is an upstream as the gateway sees it now: an element of the answer
// to GET /admin/upstreams.
type State struct {
	Upstream
	Healthy   bool `json:"healthy"` // requests may be sent to it
	Active    bool `json:"active"`  // active checks find it healthy
	Ejected   bool `json:"ejected"` // failed requests have put it out
	Ejections int  `json:"ejections"`
	InFlight  int  `json:"in_flight"`
	Overflows int  `json:"overflows"` // times that it was full when a request came
	// Share is the part of its requests that it is given: below 1 in its slow start.
	Share float64 `json:"share"`
}

func (p *pool) states() []State {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]State, 0, len(p.all))
	for _, u := range p.all {
		all = append(all, State{Upstream: u.Upstream, Healthy: u.healthy(), Active: u.active,
			Ejected: u.ejected, Ejections: u.ejections, InFlight: u.inflight, Overflows: u.overflows, Share: p.share(u)})
	}
	return all
}

func (g *gateway) upstreams(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(g.pool.states()) // the asker may be gone
}

func (g *gateway) healthz(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "alive\n")
}

// readyz says whether requests should be sent here.
func (g *gateway) readyz(w http.ResponseWriter, _ *http.Request) {
	switch {
	case g.config.has(bug.HealthCheckLies):
		_, _ = io.WriteString(w, "ready\n")
	case g.draining.Load():
		http.Error(w, "draining", http.StatusServiceUnavailable)
	case g.tokens != nil && !g.tokens.Ready():
		http.Error(w, tokens.ErrNoKeys.Error(), http.StatusServiceUnavailable)
	case g.follow.lost():
		http.Error(w, errNoRoutes.Error(), http.StatusServiceUnavailable)
	case !g.pool.ready():
		http.Error(w, errNoUpstream.Error(), http.StatusServiceUnavailable)
	default:
		_, _ = io.WriteString(w, "ready\n")
	}
}
