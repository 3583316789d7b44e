package store

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/elect"
	"github.com/drillctl/drillctl/gateway/store/order"
)

// The ways to replicate.
const (
	Async    = "async"
	Sync     = "sync"
	Backup   = "backup"
	ByEvents = "events"
)

// A Config is all that a store has to know.
type Config struct {
	Name   string     `json:"name"`
	Region string     `json:"region"`
	Addr4  netip.Addr `json:"addr4"`
	Addr6  netip.Addr `json:"addr6"`
	Ports  Ports      `json:"ports,omitzero"` // the same for all stores
	// Peers are all stores; whether this one is among them does not matter.
	Peers []Peer `json:"peers"`
	// Primary is the region that leads first; it has to be up for the very
	// first election of async, events and backup.
	Primary     string        `json:"primary"`
	Replication string        `json:"replication"`
	BackupEvery time.Duration `json:"backup_every_ns"` // of backup
	// CopyEvery is for how long writes gather until other regions are sent them, of
	// events.
	CopyEvery time.Duration `json:"copy_every_ns,omitempty"`
	// BackupCheck is the time between two looks at all backups.
	BackupCheck time.Duration `json:"backup_check_ns,omitempty"`
	// MaxLag, if not 0, is how long a write may be in the leader's region only,
	// with async.
	MaxLag time.Duration `json:"max_lag_ns,omitempty"`
	Vaults []Vault       `json:"vaults,omitempty"` // object stores that keep backups, too
	// Tenants are those whose keys this store adds when it starts; the others have
	// them by replication.
	Tenants []order.Tenant `json:"tenants,omitempty"`
	Dir     string         `json:"dir"` // keeps the data over restarts
	Bugs    []string       `json:"bugs,omitempty"`
}

// A Vault is an object store (package vault).
type Vault struct {
	Region string `json:"region"`
	Name   string `json:"name"`
	URL    string `json:"url"` // without a slash at the end
}

// A Peer is the store of one region.
type Peer struct {
	Region string     `json:"region"`
	Name   string     `json:"name"`
	Addr   netip.Addr `json:"addr"` // by which stores reach it
}

// Ports are those of a store, on each of its addresses (HTTP) or on the first.
type Ports struct {
	HTTP    uint16 `json:"http"`    // default 8090
	NATS    uint16 `json:"nats"`    // default 4222
	Cluster uint16 `json:"cluster"` // of sync; default 6222
	Raft    uint16 `json:"raft"`    // of async and backup; default 7222
}

// late is how old the bug ack-before-replicate lets an entry become before it is
// replicated: whenever the region is lost, more than a recovery point of seconds is.
const late = 5 * time.Second

// Defaults fills what is zero.
func (c Config) Defaults() Config {
	c.Ports.HTTP = cmp.Or(c.Ports.HTTP, 8090)
	c.Ports.NATS = cmp.Or(c.Ports.NATS, 4222)
	c.Ports.Cluster = cmp.Or(c.Ports.Cluster, 6222)
	c.Ports.Raft = cmp.Or(c.Ports.Raft, 7222)
	c.Replication = cmp.Or(c.Replication, Async)
	c.BackupEvery = cmp.Or(c.BackupEvery, 5*time.Second)
	c.BackupCheck = cmp.Or(c.BackupCheck, 2*time.Second)
	c.CopyEvery = cmp.Or(c.CopyEvery, 500*time.Millisecond)
	if !slices.ContainsFunc(c.Peers, func(p Peer) bool { return p.Name == c.Name }) {
		c.Peers = append(slices.Clone(c.Peers), Peer{Region: c.Region, Name: c.Name, Addr: c.addr()})
	}
	if c.Primary == "" {
		c.Primary = c.Peers[0].Region
	}
	return c
}

func (c Config) check() error {
	switch {
	case c.Name == "" || c.Region == "":
		return fmt.Errorf("store %q of region %q: it needs a name and a region", c.Name, c.Region)
	case !c.addr().IsValid():
		return fmt.Errorf("store %s: it needs an address", c.Name)
	case c.Dir == "":
		return fmt.Errorf("store %s: it needs a directory", c.Name)
	case !slices.Contains([]string{Async, Sync, Backup, ByEvents}, c.Replication):
		return fmt.Errorf("store %s: replication %q is none of %s, %s, %s, %s", c.Name, c.Replication, Async, Sync, Backup, ByEvents)
	}
	for _, t := range c.Tenants {
		if err := t.Check(); err != nil {
			return fmt.Errorf("store %s: %w", c.Name, err)
		}
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return fmt.Errorf("store %s: %w", c.Name, err)
	}
	return nil
}

// addr is the address by which other stores reach this one.
func (c Config) addr() netip.Addr {
	for _, p := range c.Peers {
		if p.Name == c.Name {
			return p.Addr
		}
	}
	if c.Addr4.IsValid() {
		return c.Addr4
	}
	return c.Addr6
}

func (c Config) has(name string) bool { return slices.Contains(c.Bugs, name) }

// bound is the longest that writes may be in one region only, 0 for any time.
func (c Config) bound() time.Duration {
	if c.Replication != Async || c.has(bug.NoLagLimit) {
		return 0
	}
	return c.MaxLag
}

func (c Config) others() []Peer {
	return slices.DeleteFunc(slices.Clone(c.Peers), func(p Peer) bool { return p.Name == c.Name })
}

func (c Config) voters() []elect.Peer {
	var all []elect.Peer
	for _, p := range c.Peers {
		all = append(all, elect.Peer{Name: p.Name, Addr: netip.AddrPortFrom(p.Addr, c.Ports.Raft)})
	}
	return all
}

// first is the name of the store that should lead first.
func (c Config) first() string {
	for _, p := range c.Peers {
		if p.Region == c.Primary {
			return p.Name
		}
	}
	return c.Peers[0].Name
}

// lateness is the delay that the bug ack-before-replicate asks for, or 0.
func (c Config) lateness() time.Duration {
	if c.has(bug.AckBeforeReplicate) {
		return late
	}
	return 0
}
