package agent

import (
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// gateServer answers requests that were led away from whom they were for.
type gateServer struct {
	spec      Spec
	listener  net.Listener
	http      *http.Server
	pass      *httputil.ReverseProxy
	straight  *http.Transport
	off       atomic.Bool   // pass everything on
	free      chan struct{} // closed then, so that what is held back goes on, too
	letGo     func()
	seen, hit atomic.Uint64 // requests
}

// wantedKey is of where a connection wanted to go.
type wantedKey struct{}

func newGateServer(s Spec) (*gateServer, error) {
	l, err := net.Listen("tcp", ":0") // both families
	if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	g := &gateServer{spec: s, listener: l, free: make(chan struct{})}
	g.letGo = sync.OnceFunc(func() { close(g.free) })
	quiet := log.New(io.Discard, "", 0)
	d := &net.Dialer{Timeout: 30 * time.Second, Control: markSocket}
	g.straight = &http.Transport{DialContext: d.DialContext, DisableCompression: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: 5 * time.Second}
	g.pass = &httputil.ReverseProxy{Rewrite: passOn, Transport: g.straight, ModifyResponse: keepClosing, ErrorLog: quiet,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }} // as the far side's end would look
	g.http = &http.Server{Handler: g, ErrorLog: quiet, ReadHeaderTimeout: time.Minute, ConnContext: func(ctx context.Context, c net.Conn) context.Context {
		to, err := originalDst(c.(*net.TCPConn))
		// Who connects to the server itself would send it round in circles.
		if err != nil || to.Port() == g.port() && local(to.Addr()) {
			return ctx
		}
		return context.WithValue(ctx, wantedKey{}, to)
	}}
	go func() { _ = g.http.Serve(l) }() // ends with close
	return g, nil
}

func (g *gateServer) port() uint16 { return uint16(g.listener.Addr().(*net.TCPAddr).Port) }

// ServeHTTP implements http.Handler.
func (g *gateServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, known := r.Context().Value(wantedKey{}).(netip.AddrPort); !known {
		panic(http.ErrAbortHandler)
	}
	g.seen.Add(1)
	if !g.off.Load() && chosen(g.spec.Paths, r.URL.Path) {
		g.hit.Add(1)
		if g.spec.Status != 0 {
			http.Error(w, "drillctl: "+http.StatusText(g.spec.Status), g.spec.Status)
			return
		}
		if !g.hold(r.Context()) {
			return
		}
	}
	g.pass.ServeHTTP(w, r)
}

// chosen says whether a path is one of those, or begins like one that ends in *.
func chosen(paths []string, path string) bool {
	for _, p := range paths {
		begin, all := strings.CutSuffix(p, "*")
		if p == path || all && strings.HasPrefix(path, begin) {
			return true
		}
	}
	return false
}

// hold waits for delay ± jitter; false means that nobody waits for the answer.
func (g *gateServer) hold(ctx context.Context) bool {
	late := g.spec.Delay
	if j := g.spec.Jitter; j > 0 {
		late += rand.N(2*j+1) - j
	}
	t := time.NewTimer(late)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-g.free:
		return true
	case <-ctx.Done():
		return false
	}
}

// passOn sends a request to whom it was for, as it came.
func passOn(r *httputil.ProxyRequest) {
	to, _ := r.In.Context().Value(wantedKey{}).(netip.AddrPort) // it is there: ServeHTTP has looked
	r.Out.URL.Scheme, r.Out.URL.Host = "http", to.String()
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if v := r.In.Header[h]; v != nil {
			r.Out.Header[h] = v
		}
	}
}

// keepClosing passes on that the service wants its connection closed.
func keepClosing(res *http.Response) error {
	if res.Close {
		res.Header.Set("Connection", "close")
	}
	return nil
}

// retirePatience is how long requests on their way have at the end.
const retirePatience = 300 * time.Millisecond

// retire lets requests on their way end, those that are held back at once, and
// closes connections between two requests, so that nobody loses one. It is safe to
// repeat.
func (g *gateServer) retire() error {
	g.off.Store(true)
	g.letGo()
	ctx, cancel := context.WithTimeout(context.Background(), retirePatience)
	defer cancel()
	if g.http.Shutdown(ctx) != nil {
		return g.close()
	}
	g.straight.CloseIdleConnections()
	return nil
}

// close ends the server and all its connections. It is safe to repeat.
func (g *gateServer) close() error {
	g.straight.CloseIdleConnections()
	return g.http.Close()
}
