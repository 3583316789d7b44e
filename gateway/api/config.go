// Package api is the orders service of the bundled system: it checks what
// clients send, asks the store of its own region, and passes on what that says.
//
//	POST /orders          store an order: 201, or 200 if it was there before
//	GET  /orders/{id}     one order, from the own region's copy
//	GET  /orders          ids, by pages: ?after=ID&limit=N
//	GET  /orders/ids      all ids as ranges, as the leader has them; with
//	                      ?scope=local as the own region has them
//	GET  /healthz /readyz
package api

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A Config is all that an API server has to know.
type Config struct {
	Name       string      `json:"name"`
	Region     string      `json:"region"`
	Addr4      netip.Addr  `json:"addr4"`
	Addr6      netip.Addr  `json:"addr6"`
	Port       uint16      `json:"port,omitempty"` // default 8080
	Store      string      `json:"store"`          // URL of the own region's store
	Bugs       []string    `json:"bugs,omitempty"`
	Capacity   Capacity    `json:"capacity,omitzero"`
	Serverless *Serverless `json:"serverless,omitempty"` // nil: it is always up
}

// A Capacity is what one API can do. Its zero value has no bounds.
type Capacity struct {
	Workers     int           `json:"workers"`
	ServiceTime time.Duration `json:"service_time_ns"` // of a worker for one request
	// WarmUp is how long a service that starts over orders that are there needs
	// until its capacity is whole.
	WarmUp time.Duration `json:"warm_up_ns,omitempty"`
}

// Events takes what the service has to tell the drill.
type Events interface {
	Event(kind drill.Kind, subject, region string, data map[string]string, note string)
}

// The times of the service. A gateway gives one try 400 ms.
const (
	dialWait  = 250 * time.Millisecond
	askWait   = 360 * time.Millisecond // the store gives up on its leader before
	listWait  = 6 * time.Second        // for GET /orders/ids
	readyLook = 200 * time.Millisecond // between two looks at the store
	readyWait = 180 * time.Millisecond // for one look
	// leaderGrace is how long a region stays ready without a leader: well above
	// an election, which takes one or two seconds.
	leaderGrace = 10 * time.Second
	readyOld    = 700 * time.Millisecond // a look that is older than this says "not ready"
)

// DefaultPort is the port of API servers.
const DefaultPort = 8080

func (c Config) check() (Config, error) {
	if c.Port == 0 {
		c.Port = DefaultPort
	}
	c.Store = strings.TrimSuffix(c.Store, "/")
	if u, err := url.Parse(c.Store); err != nil || u.Scheme != "http" || u.Host == "" {
		return c, fmt.Errorf("api %s: store %q is no URL like http://10.77.1.3:8090", c.Name, c.Store)
	}
	return c, nil
}

func (c Config) has(bug string) bool { return slices.Contains(c.Bugs, bug) }
