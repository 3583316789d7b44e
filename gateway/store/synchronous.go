package store

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/jet"
	"github.com/drillctl/drillctl/gateway/store/quorum"
	"github.com/drillctl/drillctl/gateway/store/room"
)

func runQuorum(ctx context.Context, c Config, events Events, d *door) error {
	o := jet.Options{Name: c.Name, Dir: filepath.Join(c.Dir, "nats"), Listen: netip.AddrPortFrom(c.addr(), c.Ports.NATS)}
	q := quorum.Config{Name: c.Name, Region: c.Region, Late: c.lateness(), SplitBrain: c.has(bug.SplitBrain), First: c.first(), Regions: map[string]string{},
		Disk: c.disk()}
	for _, p := range c.Peers {
		q.Regions[p.Name] = p.Region
	}
	if others := c.others(); len(others) > 0 {
		o.Cluster = netip.AddrPortFrom(c.addr(), c.Ports.Cluster)
		for _, p := range others {
			o.Routes = append(o.Routes, netip.AddrPortFrom(p.Addr, c.Ports.Cluster))
		}
	}
	e := quorum.New(q, events)
	for {
		js, err := jet.Start(ctx, o)
		if err != nil {
			return err
		}
		d.show(e)
		err = whileStoring(ctx, js, func(ctx context.Context) error { return e.Run(ctx, js) })
		js.Stop()
		if ctx.Err() != nil || !errors.Is(err, room.ErrFull) && !(errors.Is(err, errGivenUp) && full(c.Dir)) {
			return err
		}
		if awaitRoom(ctx, c.Dir) != nil {
			return nil // asked to stop
		}
	}
}

// awaitRoom returns when there is room on the disk of dir, or ctx has ended.
func awaitRoom(ctx context.Context, dir string) error {
	tick := time.NewTicker(storing)
	defer tick.Stop()
	for full(dir) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return ctx.Err()
}
