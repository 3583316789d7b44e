// Package oracle is a system whose outages are known exactly, to measure the
// measuring: what the load worker saw is held against the truth.
package oracle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
)

// A Kind is one way in which the system can be out.
type Kind string

// The kinds of outage.
const (
	Refuse      Kind = "refuse"  // connections are refused, kept ones reset
	Hang        Kind = "hang"    // requests are taken and never answered
	Unavailable Kind = "503"     // requests are answered 503
	Partial     Kind = "partial" // every second request is answered 503
)

// An Outage is what happens from one mono instant to another.
type Outage struct {
	Kind     Kind
	From, To time.Duration
}

// A Server is an orders API on one port of 127.0.0.1, kept in memory.
type Server struct {
	addr  string
	http  *http.Server
	close chan struct{}

	mu     sync.Mutex
	script []Outage
	ln     net.Listener
	conns  map[net.Conn]bool
	count  uint64
	orders map[uint64]bool
}

// NewServer starts a server without outages. The caller closes it.
func NewServer() (*Server, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	s := &Server{addr: ln.Addr().String(), ln: ln, close: make(chan struct{}), conns: map[net.Conn]bool{}, orders: map[uint64]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.post)
	mux.HandleFunc("GET /orders/ids", s.ids)
	mux.HandleFunc("GET /orders/{id}", s.get)
	s.http = &http.Server{Handler: s.scripted(mux), ConnState: s.track, ReadHeaderTimeout: time.Minute}
	go s.http.Serve(ln)
	return s, nil
}

// URL is where the server is.
func (s *Server) URL() string { return "http://" + s.addr }

// Close ends the server and all its connections.
func (s *Server) Close() error {
	close(s.close)
	return s.http.Close()
}

// Play goes through one outage and returns the instants at which it really
// began and ended: from one on nothing gets through, from the other everything.
func (s *Server) Play(ctx context.Context, o Outage) (Outage, error) {
	s.mu.Lock()
	s.script = append(s.script, o)
	s.mu.Unlock()
	if o.Kind != Refuse {
		return o, mono.Sleep(ctx, o.To-mono.Now())
	}
	if err := mono.Sleep(ctx, o.From-mono.Now()); err != nil {
		return o, err
	}
	s.unlisten()
	if err := mono.Sleep(ctx, o.To-mono.Now()); err != nil {
		return o, err
	}
	err := s.listen(ctx)
	o.To = mono.Now()
	return o, err
}

// unlisten frees the port and resets every connection.
func (s *Server) unlisten() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ln.Close()
	for c := range s.conns {
		reset(c)
	}
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closing sends a reset then
	}
	c.Close()
}

// listen takes the port again; somebody's outgoing connection may have it for a
// moment.
func (s *Server) listen(ctx context.Context) error {
	for {
		ln, err := net.Listen("tcp", s.addr)
		if err == nil {
			s.mu.Lock()
			s.ln = ln
			s.mu.Unlock()
			go s.http.Serve(ln)
			return nil
		}
		if mono.Sleep(ctx, time.Millisecond) != nil {
			return fmt.Errorf("oracle: listen again: %w", errors.Join(err, ctx.Err()))
		}
	}
}

func (s *Server) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(s.conns, c)
	} else {
		s.conns[c] = true
	}
}

// now is the outage in force, if any.
func (s *Server) now() (Kind, uint64) {
	at := mono.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	for _, o := range s.script {
		if o.From <= at && at < o.To {
			return o.Kind, s.count
		}
	}
	return "", s.count
}

func (s *Server) scripted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch kind, n := s.now(); {
		case kind == Refuse: // a connection that slipped in as the port was closed
			panic(http.ErrAbortHandler)
		case kind == Hang:
			_, _ = io.Copy(io.Discard, r.Body) // else the client's end is not seen
			select {
			case <-r.Context().Done():
			case <-s.close:
			}
		case kind == Unavailable, kind == Partial && n%2 == 0:
			http.Error(w, "scripted outage", http.StatusServiceUnavailable)
		default:
			w.Header().Set("X-Region", "oracle")
			w.Header().Set("X-Instance", "oracle-gateway-1")
			next.ServeHTTP(w, r)
		}
	})
}
