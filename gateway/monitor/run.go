package monitor

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/drillctl/drillctl/gateway/listen"
)

// Run watches and serves until ctx ends, and returns nil.
func Run(ctx context.Context, c Config) error {
	c.Settings = c.Settings.Defaults()
	listeners, err := listen.TCP(ctx, DefaultPort, c.Addr4, c.Addr6)
	if err != nil {
		return fmt.Errorf("starting monitor %s: %w", c.Name, err)
	}
	m := newMonitor(c)
	srv := &http.Server{Handler: m.routes(), ReadHeaderTimeout: 2 * time.Second, IdleTimeout: time.Minute}
	watching := make(chan struct{})
	watch, stop := context.WithCancel(ctx)
	go func() { defer close(watching); m.run(watch) }()
	defer func() { stop(); <-watching }()
	return listen.Until(ctx, srv, listeners)
}

// run scrapes and evaluates every interval.
func (m *monitor) run(ctx context.Context) {
	tick := time.NewTicker(m.Interval)
	defer tick.Stop()
	for {
		if m.scrape(ctx); ctx.Err() == nil {
			m.evaluate(time.Now())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
