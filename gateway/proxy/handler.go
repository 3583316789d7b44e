package proxy

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/drillctl/drillctl/gateway/certs"
	"github.com/drillctl/drillctl/gateway/quota"
	"github.com/drillctl/drillctl/gateway/tokens"
)

// A gateway answers requests: a few itself, all others through its upstreams.
type gateway struct {
	config   Config
	pool     *pool
	follow   *follower        // nil without a control plane
	quota    *quota.Gate      // nil where requests need no key
	certs    *certs.Server    // nil without TLS
	tokens   *tokens.Verifier // nil where everybody is let in
	metrics  *metrics
	access   *accessLog
	proxy    *httputil.ReverseProxy
	admin    *http.ServeMux
	draining atomic.Bool
	inflight atomic.Int64
	take     time.Duration // that a client has for each part of an answer
}

func newGateway(c Config, p *pool, f *follower, access *accessLog) *gateway {
	g := &gateway{config: c, pool: p, follow: f, metrics: newMetrics(p, f), access: access, take: max(leastTake, 2*c.longest())}
	g.proxy = &httputil.ReverseProxy{
		Rewrite:        g.rewrite,
		Transport:      newRetrier(c, p, g.metrics),
		ModifyResponse: g.mark,
		ErrorHandler:   g.refuse,
		BufferPool:     &buffers{},
		ErrorLog:       log.New(io.Discard, "", 0), // a broken answer is in the access log
	}
	g.quota = newQuota(c, g.metrics)
	g.admin = http.NewServeMux()
	g.admin.HandleFunc("GET /healthz", g.healthz)
	g.admin.HandleFunc("GET /readyz", g.readyz)
	g.admin.HandleFunc("GET /admin/upstreams", g.upstreams)
	g.admin.Handle("GET /metrics", g.metrics.handler())
	return g
}

// ServeHTTP implements http.Handler. While the gateway drains, and on a
// connection that is old, an answer closes its connection, so that pooled
// clients look for another gateway.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.draining.Load() || old(r) {
		w.Header().Set("Connection", "close")
	}
	if own, pattern := g.admin.Handler(r); pattern != "" {
		g.stamp(w.Header())
		own.ServeHTTP(w, r)
		return
	}
	began, x := time.Now(), &exchange{key: g.clientOf(r)}
	seen := &recorder{ResponseWriter: w, take: g.take}
	g.metrics.inflight.Inc()
	defer func() { // also when the copying of a broken answer panics
		g.metrics.inflight.Dec()
		took := time.Since(began)
		g.metrics.observe(seen.status, took)
		g.access.request(r, x, seen.status, took)
	}()
	r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	g.hurried(seen, r)
	if !g.admitted(seen, r) {
		return
	}
	if g.quota != nil {
		if err := g.quota.Admit(seen.Header(), r); err != nil {
			g.refuse(seen, r, err)
			return
		}
	}
	g.routed(seen, r)
}

// An exchange is what is worth telling of one request on its way through.
type exchange struct {
	key      string // of the client, for ip-hash
	upstream string // the last one asked
	tries    int
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// clientOf is the client's address, which a trusted proxy tells for it.
func (g *gateway) clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	forwarded := r.Header.Get("X-Forwarded-For")
	if err != nil || forwarded == "" || !slices.Contains(g.config.Trust, addr.Unmap()) {
		return host
	}
	first, _, _ := strings.Cut(forwarded, ",")
	return strings.TrimSpace(first)
}

// rewrite leaves the choice of the upstream to the retrier.
func (g *gateway) rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.Scheme, r.Out.URL.Host = "http", "upstream"
	if addr, err := netip.ParseAddrPort(r.In.RemoteAddr); err == nil && slices.Contains(g.config.Trust, addr.Addr().Unmap()) {
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	}
	r.SetXForwarded()
}

// stamp says who answers.
func (g *gateway) stamp(h http.Header) {
	h.Set("X-Region", g.config.Region)
	h.Set("X-Instance", g.config.Name)
	g.stampVersion(h)
}

// mark says who answers on what an upstream has answered.
func (g *gateway) mark(res *http.Response) error {
	if g.config.Edge && res.Header.Get("X-Region") != "" {
		res.Header.Set("X-Edge", g.config.Name)
		return nil
	}
	g.stamp(res.Header)
	res.Header.Set("X-Upstream", exchangeOf(res.Request.Context()).upstream)
	return nil
}
