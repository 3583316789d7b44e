// Package jet embeds the NATS JetStream server on which the store keeps its
// data. A write that the server acknowledged is on disk (sync_always), or every
// drill that kills machines would measure the luck of the page cache.
package jet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Account is the account that holds the streams.
const Account = server.DEFAULT_GLOBAL_ACCOUNT

// An Options is what a server has to know.
type Options struct {
	Name   string         // unique in the cluster
	Listen netip.AddrPort // for other regions' clients
	Dir    string
	// Cluster and Routes join servers of several regions into one. An invalid
	// Cluster means a server of its own.
	Cluster netip.AddrPort
	Routes  []netip.AddrPort
	Log     *slog.Logger // nil logs nothing
}

// A Server is a running server with a connection inside the process.
type Server struct {
	NATS *server.Server
	Conn *nats.Conn
}

// startWait bounds the wait until the server takes connections. A clustered
// server is then still looking for its peers.
const startWait = 10 * time.Second

// Start runs a server. Stop it with Stop.
func Start(ctx context.Context, o Options) (*Server, error) {
	ns, err := server.NewServer(o.native())
	if err != nil {
		return nil, fmt.Errorf("starting NATS of %s: %w", o.Name, err)
	}
	if o.Log != nil {
		ns.SetLoggerV2(logger{o.Log}, false, false, false)
	}
	ns.Start()
	if !ready(ctx, ns) {
		ns.Shutdown()
		return nil, errors.Join(ctx.Err(), fmt.Errorf("starting NATS of %s: it takes no connections on %s (is the port free?)", o.Name, o.Listen))
	}
	conn, err := nats.Connect("", nats.InProcessServer(ns), nats.Name(o.Name), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		ns.Shutdown()
		return nil, fmt.Errorf("connecting to NATS of %s: %w", o.Name, err)
	}
	return &Server{NATS: ns, Conn: conn}, nil
}

func ready(ctx context.Context, ns *server.Server) bool {
	for until := time.Now().Add(startWait); time.Now().Before(until) && ctx.Err() == nil; {
		if ns.ReadyForConnections(20 * time.Millisecond) {
			return true
		}
	}
	return false
}

// Takes says whether the server takes messages. One whose disk was full in the middle
// of a message does not, for good: in a cluster it shuts JetStream down, without one it
// leaves every write unanswered.
func (s *Server) Takes() bool {
	if !s.NATS.JetStreamEnabled() {
		return false
	}
	failed := func(e server.HealthzError) bool {
		return e.Type == server.HealthzErrorStream && strings.Contains(e.Error, "write error")
	}
	return !slices.ContainsFunc(s.NATS.Healthz(&server.HealthzOptions{Account: Account, Details: true}).Errors, failed)
}

// Stop ends the server and waits until it has let go of its files.
func (s *Server) Stop() {
	s.Conn.Close()
	s.NATS.Shutdown()
	s.NATS.WaitForShutdown()
}

func (o Options) native() *server.Options {
	n := &server.Options{
		ServerName: o.Name, Host: o.Listen.Addr().String(), Port: int(o.Listen.Port()),
		JetStream: true, StoreDir: o.Dir, SyncAlways: true,
		JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: 4 << 30,
		DisableJetStreamBanner: true, NoSigs: true, NoLog: o.Log == nil,
		PingInterval: time.Second, MaxPingsOut: 3, MaxClosedClients: 16,
		WriteDeadline: 2 * time.Second,
	}
	if o.Cluster.IsValid() {
		o.join(n)
	}
	return n
}

// join sets what a cluster needs. Its ping notices a silent region in about
// 2 s, which is faster than JetStream's own election (4 s to 9 s).
func (o Options) join(n *server.Options) {
	n.Cluster = server.ClusterOpts{
		Name: "drill", Host: o.Cluster.Addr().String(), Port: int(o.Cluster.Port()),
		PoolSize: -1, NoAdvertise: true, PingInterval: time.Second, MaxPingsOut: 2,
	}
	for _, r := range o.Routes {
		n.Routes = append(n.Routes, &url.URL{Scheme: "nats", Host: r.String()})
	}
}

// logger passes on what an operator should see: NATS says much else.
type logger struct{ to *slog.Logger }

func (l logger) Noticef(string, ...any)    {}
func (l logger) Debugf(string, ...any)     {}
func (l logger) Tracef(string, ...any)     {}
func (l logger) Warnf(f string, v ...any)  { l.to.Warn(fmt.Sprintf(f, v...)) }
func (l logger) Errorf(f string, v ...any) { l.to.Error(fmt.Sprintf(f, v...)) }
func (l logger) Fatalf(f string, v ...any) { l.to.Error(fmt.Sprintf(f, v...)) }
