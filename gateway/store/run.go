// Package store keeps the orders of one region and replicates them to the
// others, in one of four ways: sync (package quorum), or async, events or backup
// (all three package async).
//
// Any store takes writes and passes them on to the one that leads. Reads are
// answered from the own copy, so that a region can read while it is cut off,
// and so that a drill can measure how old that copy is; ?scope=leader asks the
// leader instead.
//
//	POST /orders          store an order: 201, or 200 if it was there before
//	GET  /orders/{id}     one order
//	GET  /orders          ids, by pages: ?after=ID&limit=N
//	GET  /orders/ids      all ids as ranges
//	POST /keys            add a tenant's key: 201, also if it was there before
//	GET  /keys/{sum}      who has the key of that SHA-256
//	GET  /divergent       ids that no other region had when this one returned
//	GET  /status          role, epoch and end of the log
//	GET  /copies          backups that are kept here (package copies)
//	GET  /healthz /readyz
//
// A write that was not stored for certain is answered with 503 and "effect":
// "none"; one that may have been stored with 504 and "effect": "unknown".
package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/listen"
)

// Events takes what the store has to tell the drill.
type Events interface {
	Event(kind drill.Kind, subject, region string, data map[string]string, note string)
}

// Run serves until ctx ends and returns nil then. It answers HTTP at once, with
// 503 while the engine behind is still starting.
func Run(ctx context.Context, c Config, events Events) error {
	c = c.Defaults()
	if err := c.check(); err != nil {
		return err
	}
	listeners, err := listen.TCP(ctx, c.Ports.HTTP, c.Addr4, c.Addr6)
	if err != nil {
		return fmt.Errorf("starting store %s: %w", c.Name, err)
	}
	d := newDoor(c)
	srv := &http.Server{Handler: d.routes(), ReadHeaderTimeout: 2 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute}
	failed := listen.Serve(srv, listeners)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- runEngine(ctx, c, events, d) }()
	seeding := make(chan struct{})
	go func() { defer close(seeding); d.seed(ctx) }()
	defer func() { cancel(); <-seeding }()
	select {
	case err = <-failed:
		cancel()
		return errors.Join(err, <-ended, srv.Close())
	case err = <-ended:
		return errors.Join(err, stop(srv))
	}
}

// stop lets the requests in flight end, for a short time.
func stop(srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if srv.Shutdown(ctx) == nil {
		return nil
	}
	return srv.Close()
}
