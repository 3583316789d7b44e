package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/store/reply"
)

// Run serves until ctx ends, lets the requests in flight end and returns nil.
func Run(ctx context.Context, c Config, events Events) error {
	c, err := c.check()
	if err != nil {
		return err
	}
	listeners, err := listen.TCP(ctx, c.Port, c.Addr4, c.Addr6)
	if err != nil {
		return fmt.Errorf("starting api %s: %w", c.Name, err)
	}
	s := newService(c)
	if c.Serverless != nil {
		s.platform = newPlatform(*c.Serverless, c.Bugs, c.scaled(events))
	}
	srv := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	failed := listen.Serve(srv, listeners)
	watching := make(chan struct{})
	watch, stop := context.WithCancel(ctx)
	go func() { defer close(watching); s.watch(watch, events) }()
	defer func() { stop(); <-watching }()
	select {
	case err := <-failed:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
		return end(srv)
	}
}

func end(srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if srv.Shutdown(ctx) == nil {
		return nil
	}
	return srv.Close()
}

// A service is one API server.
type service struct {
	config Config
	client *http.Client
	ready  readiness
	crew   *crew
	// platform starts instances by need; nil where the service is always up.
	platform *platform
}

func newService(c Config) *service {
	transport := &http.Transport{DialContext: (&net.Dialer{Timeout: dialWait}).DialContext,
		MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second, DisableCompression: true}
	return &service{config: c, client: &http.Client{Transport: transport}, crew: newCrew(c.Capacity)}
}

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	for path, handlers := range map[string]map[string]http.HandlerFunc{
		"/healthz":     {"GET": s.healthz},
		"/readyz":      {"GET": s.readyz},
		"/orders":      {"GET": s.platform.serve(s.crew.serve(s.list)), "POST": s.platform.serve(s.crew.serve(s.post))},
		"/orders/ids":  {"GET": s.platform.serve(s.ids)},
		"/orders/{id}": {"GET": s.platform.serve(s.crew.serve(s.get))},
	} {
		mux.HandleFunc(path, reply.ByMethod(handlers))
	}
	mux.HandleFunc("/", reply.NoSuchPath)
	return mux
}

// watch looks at the store in the background, so that being asked often costs
// nothing, and tells of each change.
func (s *service) watch(ctx context.Context, events Events) {
	tick := time.NewTicker(readyLook)
	defer tick.Stop()
	was := ""
	for {
		s.look(ctx)
		to := drill.Unhealthy
		if s.ready.get(time.Now()) {
			to = drill.Healthy
		}
		if to != was && ctx.Err() == nil {
			was = to
			// A note: who judges the health of this service are its gateways.
			events.Event(drill.KindNote, s.config.Name, s.config.Region, map[string]string{"ready": to}, "its store is "+to)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *service) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	res, err := s.ask(ctx, http.MethodGet, "/readyz", nil)
	v := unready
	switch {
	case err == nil && res.Status == http.StatusOK:
		v = ready
		s.start(ctx)
	case err == nil && res.Header.Get(reply.Leaderless) != "":
		v = leaderless
	}
	s.ready.set(v, time.Now())
}

func (s *service) healthz(w http.ResponseWriter, _ *http.Request) {
	reply.JSON(w, http.StatusOK, map[string]string{"name": s.config.Name, "region": s.config.Region})
}

func (s *service) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.config.has(bug.HealthCheckLies) && !s.ready.get(time.Now()) {
		reply.Error(w, http.StatusServiceUnavailable, "the store of "+s.config.Region+" is not ready")
		return
	}
	reply.JSON(w, http.StatusOK, map[string]bool{"ready": true})
}
