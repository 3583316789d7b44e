package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/async"
	"github.com/drillctl/drillctl/gateway/store/call"
	"github.com/drillctl/drillctl/gateway/store/copies"
	"github.com/drillctl/drillctl/gateway/store/elect"
	"github.com/drillctl/drillctl/gateway/store/jet"
	"github.com/drillctl/drillctl/gateway/store/journal"
	"github.com/drillctl/drillctl/gateway/store/quorum"
	"github.com/drillctl/drillctl/gateway/store/room"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
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

func runAsync(ctx context.Context, c Config, events Events, d *door) (err error) {
	js, err := jet.Start(ctx, jet.Options{Name: c.Name, Dir: filepath.Join(c.Dir, "nats"), Listen: netip.AddrPortFrom(c.addr(), c.Ports.NATS)})
	if err != nil {
		return err
	}
	defer js.Stop()
	j, err := openJournal(ctx, c, js)
	if err != nil {
		return err
	}
	el, err := elect.Start(ctx, elect.Config{Name: c.Name, Peers: c.voters(), First: c.first(),
		Dir: filepath.Join(c.Dir, "elect"), Listen: netip.AddrPortFrom(c.addr(), c.Ports.Raft)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, el.Stop()) }()
	e := async.New(c.async(d), el, j, events)
	if err := e.Remember(); err != nil {
		return err
	}
	d.show(e)
	return whileStoring(ctx, js, func(ctx context.Context) error { e.Run(ctx); return nil })
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

// openJournal puts a base that is damaged aside and starts without: the other
// regions have the data.
func openJournal(ctx context.Context, c Config, js *jet.Server) (*journal.Journal, error) {
	j, err := journal.Open(ctx, js.Conn, c.Dir)
	if !errors.Is(err, snapshot.ErrCorrupt) {
		return j, err
	}
	base := filepath.Join(c.Dir, "base")
	if bad := os.Rename(base, base+".damaged"); bad != nil {
		return nil, errors.Join(err, fmt.Errorf("putting it aside: %w", bad))
	}
	return journal.Open(ctx, js.Conn, c.Dir)
}

func (c Config) async(d *door) async.Config {
	a := async.Config{Name: c.Name, Region: c.Region, Dir: c.Dir, BatchEvery: c.late(), MaxLag: c.bound(), SplitBrain: c.has(bug.SplitBrain),
		Disk: c.disk()}
	for _, p := range c.others() {
		a.Peers = append(a.Peers, async.Peer{Peer: c.peer(d, p), Region: p.Region, NATS: netip.AddrPortFrom(p.Addr, c.Ports.NATS)})
	}
	if c.Replication == ByEvents {
		a.Copying = async.Copying{Every: max(c.CopyEvery, c.late()), Off: c.has(bug.NoEventCopy), Once: c.has(bug.NoRedelivery)}
	}
	if c.Replication == Backup {
		a.Backups = async.Backups{Every: c.BackupEvery, Check: c.BackupCheck, Places: c.places(d), Own: d.copies,
			NoOffsite: c.has(bug.NoOffsite), Blind: c.has(bug.BlindRestore), Unchecked: c.has(bug.UncheckedBackups)}
	}
	return a
}

func (c Config) peer(d *door, p Peer) call.Peer {
	return call.Peer{Name: p.Name, URL: c.url(p), Client: d.client}
}

// places are all stores in their order, then the object stores.
func (c Config) places(d *door) []copies.Place {
	var all []copies.Place
	for _, p := range c.Peers {
		place := copies.Place{Peer: c.peer(d, p), Region: p.Region, Kind: copies.Files}
		if p.Name == c.Name {
			place.Own = d.copies
		}
		all = append(all, place)
	}
	for _, v := range c.Vaults {
		all = append(all, copies.Place{Peer: call.Peer{Name: v.Name, URL: v.URL, Client: d.client}, Region: v.Region, Kind: copies.Objects})
	}
	return all
}

func (c Config) url(p Peer) string {
	return "http://" + netip.AddrPortFrom(p.Addr, c.Ports.HTTP).String()
}

func runQuorum(ctx context.Context, c Config, events Events, d *door) error {
	o := jet.Options{Name: c.Name, Dir: filepath.Join(c.Dir, "nats"), Listen: netip.AddrPortFrom(c.addr(), c.Ports.NATS)}
	q := quorum.Config{Name: c.Name, Region: c.Region, Late: c.late(), SplitBrain: c.has(bug.SplitBrain), First: c.first(), Regions: map[string]string{},
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
