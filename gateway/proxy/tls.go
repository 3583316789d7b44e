package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/drillctl/drillctl/gateway/certs"
	"github.com/drillctl/drillctl/gateway/listen"
)

// openCerts takes the certificates of a gateway that serves TLS; nil of one that
// does not.
func (c Config) openCerts() (*certs.Server, error) {
	if c.TLS == nil {
		return nil, nil
	}
	return certs.Open(*c.TLS)
}

// An office is the server of a gateway's own pages, where clients have another one.
type office struct {
	srv    *http.Server // nil without TLS
	failed <-chan error
}

// serve begins to serve clients on srv. Without TLS all is on one port. With it
// clients come by HTTPS, and the other port is for those who operate the gateway.
func (g *gateway) serve(ctx context.Context, srv *http.Server, plain []net.Listener) (failed <-chan error, own office, err error) {
	if g.certs == nil {
		return listen.Serve(srv, g.crowded(plain)), own, nil
	}
	secure, err := listen.TCP(ctx, g.config.TLS.Port, g.config.Addr4, g.config.Addr6)
	if err != nil {
		listen.Close(plain)
		return nil, own, fmt.Errorf("starting gateway %s: %w", g.config.Name, err)
	}
	secure = slices.Clone(g.crowded(secure))
	for i, l := range secure {
		secure[i] = tls.NewListener(l, g.certs.TLS())
	}
	srv.ErrorLog = log.New(handshakes{g.metrics.handshakes}, "", 0)
	own.srv = &http.Server{Handler: g.operations(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	own.failed = listen.Serve(own.srv, plain)
	return listen.Serve(srv, secure), own, nil
}

// close ends it at once.
func (o office) close() error {
	if o.srv == nil {
		return nil
	}
	return o.srv.Close()
}

// operations are the gateway's own pages and the door to its certificate. Requests
// of clients are sent to HTTPS.
func (g *gateway) operations() http.Handler {
	mux := http.NewServeMux()
	g.certs.Routes(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		own, pattern := g.admin.Handler(r)
		g.stamp(w.Header())
		if pattern != "" {
			own.ServeHTTP(w, r)
			return
		}
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if p := g.config.TLS.Port; p != 443 {
			host = net.JoinHostPort(host, strconv.Itoa(int(p)))
		}
		http.Redirect(w, r, "https://"+host+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
	return mux
}

// handshakes counts those that failed, of which net/http tells its log only.
type handshakes struct{ failed prometheus.Counter }

// Write implements io.Writer.
func (h handshakes) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("TLS handshake error")) {
		h.failed.Inc()
	}
	return len(line), nil
}

// secure adds what is known of the certificate to the metrics.
func (m *metrics) secure(s *certs.Server) {
	m.handshakes = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "gateway_tls_handshake_errors_total", Help: "TLS handshakes with clients that failed."})
	m.registry.MustRegister(m.handshakes, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "gateway_tls_certificate_expiry_timestamp_seconds", Help: "Time at which the served certificate ends, in seconds since 1970; 0 while there is none."},
		func() float64 {
			now, err := s.State()
			if err != nil {
				return 0
			}
			return float64(now.NotAfter.Unix())
		}))
}
