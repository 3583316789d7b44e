package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/listen"
)

// tick is how often the table is looked at for views that have grown stale.
const tick = 100 * time.Millisecond

// Run answers DNS on UDP and TCP, and peers on HTTP, until ctx ends; then it
// returns nil.
func Run(ctx context.Context, c Config, events *emit.Emitter) error {
	c = c.Defaults()
	if err := c.check(); err != nil {
		return err
	}
	b := newBrain(c, events)
	admin, err := listen.TCP(ctx, c.Admin, c.Addr4, c.Addr6)
	if err != nil {
		return fmt.Errorf("starting traffic manager %s: %w", c.Name, err)
	}
	servers, err := open(ctx, c, newResponder(b))
	if err != nil {
		listen.Close(admin)
		return fmt.Errorf("starting traffic manager %s: %w", c.Name, err)
	}
	srv := &http.Server{Handler: b.admin(), ReadHeaderTimeout: 5 * time.Second}
	failed := listen.Serve(srv, admin)
	broken := serve(servers)

	work, end := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, f := range []func(context.Context){b.exchange, b.check, b.watch} {
		all.Go(func() { f(work) })
	}
	select {
	case err = <-failed:
	case err = <-broken:
	case <-ctx.Done():
	}
	end()
	all.Wait()
	return errors.Join(err, srv.Close(), shut(servers))
}

func (c Config) check() error {
	_, known := policies()[c.Policy]
	switch {
	case !known:
		return fmt.Errorf("starting traffic manager %s: unknown policy %q; known are %v", c.Name, c.Policy, Policies())
	case len(c.Regions) == 0:
		return fmt.Errorf("starting traffic manager %s: no regions", c.Name)
	}
	return nil
}

// open binds a UDP and a TCP server on each address, all or none.
func open(ctx context.Context, c Config, h dns.Handler) ([]*dns.Server, error) {
	streams, err := listen.TCP(ctx, c.Port, c.Addr4, c.Addr6)
	if err != nil {
		return nil, err
	}
	var servers []*dns.Server
	for _, l := range streams {
		servers = append(servers, &dns.Server{Listener: l, Handler: h, MsgAcceptFunc: accept})
	}
	for _, at := range listen.Endpoints(c.Port, c.Addr4, c.Addr6) {
		p, err := listen.Wait(ctx, func() (net.PacketConn, error) {
			return new(net.ListenConfig).ListenPacket(ctx, "udp", at.String())
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listening on udp %s: %w", at, err), abandon(servers))
		}
		servers = append(servers, &dns.Server{PacketConn: p, Handler: h, MsgAcceptFunc: accept})
	}
	return servers, nil
}

// accept lets every query through to the responder, so that odd ones get the
// right error; answers that go astray are dropped.
func accept(h dns.Header) dns.MsgAcceptAction {
	const response = 1 << 15
	if h.Bits&response != 0 {
		return dns.MsgIgnore
	}
	return dns.MsgAccept
}

// serve starts all servers and returns once they take queries; it sends their
// first error.
func serve(servers []*dns.Server) <-chan error {
	failed := make(chan error, len(servers))
	var up sync.WaitGroup
	for _, s := range servers {
		up.Add(1)
		started := sync.OnceFunc(up.Done)
		s.NotifyStartedFunc = started
		go func() {
			defer started()
			if err := s.ActivateAndServe(); err != nil {
				failed <- fmt.Errorf("serving DNS: %w", err)
			}
		}()
	}
	up.Wait()
	return failed
}

func shut(servers []*dns.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var errs []error
	for _, s := range servers {
		errs = append(errs, s.ShutdownContext(ctx))
	}
	return errors.Join(errs...)
}

// abandon closes sockets that were never served.
func abandon(servers []*dns.Server) error {
	var errs []error
	for _, s := range servers {
		if s.Listener != nil {
			errs = append(errs, s.Listener.Close())
		}
		if s.PacketConn != nil {
			errs = append(errs, s.PacketConn.Close())
		}
	}
	return errors.Join(errs...)
}

// check runs the health checks of all gateways.
func (b *brain) check(ctx context.Context) {
	var targets []health.Target
	for _, r := range b.config.Regions {
		for _, g := range r.Gateways {
			targets = append(targets, health.Target{Name: g.Name, Region: r.Name, URL: g.URL})
		}
	}
	k := &health.Checker{Config: b.config.Health, Probe: b.config.probe(),
		Lies: b.config.has(bug.HealthCheckLies), Absent: b.config.has(bug.NoHealthChecks), Report: b.checked}
	k.Run(ctx, targets)
}

// probe asks as clients do: a certificate that they would refuse is a failure, too.
func (c Config) probe() func(context.Context, string) error {
	if c.TLS == nil {
		return health.HTTPProbe()
	}
	return health.HTTPSProbe(c.TLS.TLS(c.has(bug.HealthCheckSkipsTLS)))
}

func (b *brain) watch(ctx context.Context) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			b.tick()
		}
	}
}
