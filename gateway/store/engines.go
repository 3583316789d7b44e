package store

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/jet"
	"github.com/drillctl/drillctl/gateway/store/room"
)

// runEngine starts what keeps the data, shows it at the door and runs it until
// ctx ends.
func runEngine(ctx context.Context, c Config, events Events, d *door) error {
	var err error
	if c.Replication == Sync {
		err = runQuorum(ctx, c, events, d)
	} else {
		err = runAsync(ctx, c, events, d)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // asked to stop while it was starting
	}
	return err
}

// full says that there is no room on the disk of a directory.
var full = room.Full

func (c Config) disk() room.Disk {
	return room.Disk{Full: func() bool { return full(c.Dir) }, AckWithoutDisk: c.has(bug.AckWithoutDisk)}
}

var errGivenUp = errors.New("JetStream has given up on its disk")

// storing is how often is asked whether JetStream still takes messages.
const storing = 500 * time.Millisecond

// whileStoring runs an engine until ctx ends, or until JetStream takes no more, as is
// for good when the disk is full in the middle of a message. The store must be
// started again then.
func whileStoring(ctx context.Context, js *jet.Server, run func(context.Context) error) error {
	live, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		tick := time.NewTicker(storing)
		defer tick.Stop()
		for js.Takes() {
			select {
			case <-live.Done():
				return
			case <-tick.C:
			}
		}
		end(errGivenUp)
	}()
	err := run(live)
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(err, context.Cause(live))
}

func (c Config) url(p Peer) string {
	return "http://" + netip.AddrPortFrom(p.Addr, c.Ports.HTTP).String()
}
