// Package gateway is the bundled system under test: a small but honest
// multi-region API gateway. Each region has gateways, API servers, a replicated
// store and a traffic manager, each a node of its own; an edge gateway can stand
// in for the traffic managers. Where a Config asks for them there are a control
// plane, a token issuer, object stores, a quota store and a monitor, too.
//
// A Config says what is wanted, Layout turns it into nodes for a runtime, and
// RunNode is what each of those nodes runs.
package gateway

import (
	"time"

	"github.com/drillctl/drillctl/gateway/api"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/dns"
	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/gateway/monitor"
	"github.com/drillctl/drillctl/gateway/proxy"
	"github.com/drillctl/drillctl/gateway/store/elect"
)

// The roles that a region can have.
const (
	Primary = "primary" // serves while it is healthy
	Standby = "standby" // serves when those before it do not
	Active  = "active"  // serves beside others, with policies that spread
)

// The families of addresses by which nodes and clients reach each other. Every node
// has addresses of both where the runtime has both.
const (
	IPv4 = "ipv4"
	IPv6 = "ipv6"
)

// Edge is the routing without DNS: one gateway in front of all regions.
const Edge = "edge"

// The ways in which the store's data gets to other regions.
const (
	Async  = "async"  // shipped after the acknowledgement
	Sync   = "sync"   // acknowledged by a majority of the regions
	Backup = "backup" // copied every BackupEvery
	Events = "events" // sent as events every CopyEvery, at least once
)

// A Config is the bundled system as wanted. Zero fields mean the defaults.
type Config struct {
	Regions     []Region       `json:"regions"`
	Family      string         `json:"ip_family,omitempty"` // IPv4 or IPv6
	Routing     string         `json:"routing"`
	Replication string         `json:"replication"`
	MaxLag      time.Duration  `json:"max_lag_ns,omitempty"`    // a write may be in one region only, with Async; 0: any time
	CopyEvery   time.Duration  `json:"copy_every_ns,omitempty"` // for which writes gather, with Events
	BackupEvery time.Duration  `json:"backup_every_ns"`
	BackupCheck time.Duration  `json:"backup_check_ns"`         // between two looks at all backups
	Vaults      []string       `json:"backup_vaults,omitempty"` // regions with an object store that keeps backups, too
	Balance     string         `json:"balance"`
	Weights     map[string]int `json:"weights,omitempty"`      // by instance, for balance weighted
	Health      health.Config  `json:"health"`                 // of gateways over APIs and traffic managers over gateways
	ClientsNear string         `json:"clients_near,omitempty"` // the region that the client is near to; "" is the primary
	TTL         time.Duration  `json:"ttl_ns"`                 // of the entry's DNS answers; whole seconds are answered
	Drain       time.Duration  `json:"drain_ns"`
	KeepAlive   time.Duration  `json:"keep_alive_ns"` // of clients' connections to gateways; 0: the default, -1: for ever
	Retries     proxy.Retries  `json:"retries"`
	Eject       proxy.Eject    `json:"eject"`
	Panic       float64        `json:"panic,omitempty"` // share of a gateway's APIs that must be healthy for checks to be believed; 0: always
	Limits      proxy.Limits   `json:"limits,omitzero"`
	Connections proxy.Clients  `json:"connections,omitzero"`    // of the gateways that clients reach
	SlowStart   time.Duration  `json:"slow_start_ns,omitempty"` // of an API that has come back
	Timeouts    proxy.Timeouts `json:"timeouts"`
	API         api.Capacity   `json:"api,omitzero"` // of each API
	// Serverless makes every API the front of instances that start by need; nil
	// for APIs that are always up.
	Serverless *api.Serverless `json:"serverless,omitempty"`
	Quota      *Quota          `json:"quota,omitempty"`   // without it nobody needs a key
	Control    *Control        `json:"control,omitempty"` // without it gateways pass everything on
	TLS        *TLS            `json:"tls,omitempty"`     // of the gateways of regions; nil for plain HTTP
	Tokens     *Tokens         `json:"tokens,omitempty"`  // that clients must show; nil lets everybody in
	// StoreDisk is the size in bytes of a disk of its own for each store; 0 for
	// none.
	StoreDisk int64    `json:"store_disk,omitempty"`
	Ports     Ports    `json:"ports"`
	Bugs      []string `json:"bugs,omitempty"`
	// Clients are the regions of several groups of clients, which the client node
	// tells apart by their subnets (RFC 7871) and resolves for; nil for one group.
	Clients []string `json:"clients,omitempty"`
	// Monitor is a node that watches the gateways; nil for none.
	Monitor *monitor.Settings `json:"monitor,omitempty"`
}

// A Region is one place of the system.
type Region struct {
	Name     string `json:"name"`
	Role     string `json:"role"`
	Gateways int    `json:"gateways"`
	APIs     int    `json:"apis"`
	Weight   int    `json:"weight,omitempty"` // share of answers with routing weighted
}

// Ports are those that differ where nodes cannot have the usual ones.
type Ports struct {
	Gateway uint16 `json:"gateway"`
	DNS     uint16 `json:"dns"`
	Peer    uint16 `json:"peer"`  // HTTP of the traffic managers
	HTTPS   uint16 `json:"https"` // of the gateways, with TLS; Gateway is for operations then
}

// The ports of the API servers, of the store and of the object store, on every node's own address.
const (
	APIPort   = 8080
	StorePort = 8090
	VaultPort = 8060
	// ControlPort is the control plane's.
	ControlPort = 8070
	// QuotaPort is the quota store's.
	QuotaPort = 8050
	// IssuerPort is the token issuer's.
	IssuerPort = 8085
)

// A Control is the control plane, in the primary region.
type Control struct {
	Every  time.Duration `json:"every_ns"`  // between two questions of a gateway
	Canary time.Duration `json:"canary_ns"` // that one region tries new routes for all
}

// Tokens are what clients must show to the gateways of regions, and the issuer in
// the primary region that signs them.
type Tokens struct {
	Lifetime time.Duration `json:"lifetime_ns"` // of a token
	Refresh  time.Duration `json:"refresh_ns"`  // between two questions of a gateway for the keys
	Keep     time.Duration `json:"keep_ns"`     // that keys are believed while the issuer is away
	Leeway   time.Duration `json:"leeway_ns"`   // by which clocks may differ
}

// Entry names the system in DNS.
const entryName = "api.drill.test"

// Bugs lists the mistakes that the system can be told to make.
func Bugs() []bug.Bug { return bug.All() }

// Routings lists the ways to route.
func Routings() []string { return append(dns.Policies(), Edge) }

// LeaderMoves bounds how long the store is without a writer after the loss of
// the region that had it.
func LeaderMoves() (lower, typical, upper time.Duration) { return elect.Moves() }

// Replications lists the ways to replicate.
func Replications() []string { return []string{Async, Sync, Backup, Events} }
