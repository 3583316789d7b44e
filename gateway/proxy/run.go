package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/tokens"
)

// Run serves until ctx ends, then drains: it calls itself not ready at once,
// serves on for the drain time, lets the requests in flight end, and returns
// nil. The access log goes to log, a JSON line each.
func Run(ctx context.Context, c Config, events *emit.Emitter, log io.Writer) error {
	c = c.Defaults().withBugs()
	own, err := c.openCerts()
	if err != nil {
		return fmt.Errorf("starting gateway %s: %w", c.Name, err)
	}
	listeners, err := listen.TCP(ctx, c.Port, c.Addr4, c.Addr6)
	if err != nil {
		return fmt.Errorf("starting gateway %s: %w", c.Name, err)
	}
	alive, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	p := newPool(c, func(v verdict) { tell(events, c.Name, v) })
	defer p.close()
	access := newAccessLog(c.Name)
	logged := make(chan struct{})
	go func() { access.lines.run(alive, log); close(logged) }()
	defer func() { end(); <-logged }()
	go check(alive, c, p)

	var f *follower
	if c.Control != nil {
		f = newFollower(c, func(note string) { events.Event(drill.KindNote, c.Name, c.Region, nil, note) })
		go f.run(alive)
	}
	g := newGateway(c, p, f, access)
	if g.certs = own; own != nil {
		g.metrics.secure(own)
	}
	if c.Tokens != nil {
		g.guard(tokens.New(*c.Tokens, issuerNews(c, events)))
		go g.tokens.Run(alive)
	}
	srv := &http.Server{Handler: g, ReadHeaderTimeout: max(0, c.Clients.Header), IdleTimeout: time.Minute, ConnContext: c.age}
	failed, operations, err := g.serve(ctx, srv, listeners)
	if err != nil {
		return err
	}
	select {
	case err = <-failed:
	case err = <-operations.failed: // never without TLS
	case <-ctx.Done():
		return errors.Join(g.drain(srv), operations.close())
	}
	return errors.Join(err, srv.Close(), operations.close())
}

// withBugs puts those bugs into force that are other settings.
func (c Config) withBugs() Config {
	if c.has(bug.SlowEjection) {
		c.Eject.Failures, c.Health.Threshold = -1, 5*c.Health.Threshold
	}
	if c.has(bug.RetryStorm) {
		c.Eject.Failures = -1
	}
	if c.has(bug.NoPanicThreshold) {
		c.Panic = 0
	}
	if c.has(bug.NoBreaker) {
		c.Limits.Upstream = 0
	}
	if c.has(bug.NoShedding) {
		c.Limits.Gateway = 0
	}
	if c.has(bug.NoSlowStart) {
		c.SlowStart = 0
	}
	if c.has(bug.NoConnectionLimit) {
		c.Clients.PerClient = 0 // what the machine can hold at all is no setting
	}
	if c.has(bug.NoHeaderTimeout) {
		c.Clients.Header = -1
	}
	if c.Tokens != nil {
		t := *c.Tokens
		t.NoCache, t.FailOpen = c.has(bug.NoKeyCache), c.has(bug.FailOpen)
		c.Tokens = &t
	}
	return c
}

func check(ctx context.Context, c Config, p *pool) {
	targets := make([]health.Target, 0, len(c.Upstreams))
	for _, u := range c.Upstreams {
		targets = append(targets, health.Target{Name: u.Name, Region: u.Region, URL: "http://" + u.Addr.String() + "/readyz"})
	}
	k := &health.Checker{Config: c.Health, Probe: health.HTTPProbe(), Lies: c.has(bug.HealthCheckLies), Absent: c.has(bug.NoHealthChecks),
		Report: func(r health.Result) { p.checked(r.Target.Name, r, c.Health.Success) }}
	k.Run(ctx, targets)
}

func tell(events *emit.Emitter, by string, v verdict) {
	to := drill.Unhealthy
	if v.healthy {
		to = drill.Healthy
	}
	events.Event(drill.KindHealth, v.Name, v.Region, map[string]string{"to": to, "by": by, "via": v.via}, v.note)
}

// drain ends the service without losing a request.
func (g *gateway) drain(srv *http.Server) error {
	if g.config.has(bug.NoDrain) {
		return srv.Close()
	}
	g.draining.Store(true)
	time.Sleep(g.config.Drain)
	ctx, cancel := context.WithTimeout(context.Background(), 2*g.config.longest())
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("draining gateway %s: %w", g.config.Name, err), srv.Close())
	}
	return nil
}
