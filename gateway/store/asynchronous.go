package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/async"
	"github.com/drillctl/drillctl/gateway/store/call"
	"github.com/drillctl/drillctl/gateway/store/copies"
	"github.com/drillctl/drillctl/gateway/store/elect"
	"github.com/drillctl/drillctl/gateway/store/jet"
	"github.com/drillctl/drillctl/gateway/store/journal"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

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
	a := async.Config{Name: c.Name, Region: c.Region, Dir: c.Dir, Late: c.lateness(), MaxLag: c.bound(), SplitBrain: c.has(bug.SplitBrain),
		Disk: c.disk()}
	for _, p := range c.others() {
		a.Peers = append(a.Peers, async.Peer{Peer: c.peer(d, p), Region: p.Region, NATS: netip.AddrPortFrom(p.Addr, c.Ports.NATS)})
	}
	if c.Replication == ByEvents {
		a.Copying = async.Copying{Every: max(c.CopyEvery, c.lateness()), Off: c.has(bug.NoEventCopy), Once: c.has(bug.NoRedelivery)}
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
