// Package monitor is a node that watches the gateways of the bundled system: it
// scrapes their metrics, evaluates a few alerting rules, and answers as
// Prometheus does for alerts and rules, so that one reader reads both.
//
//	GET /api/v1/alerts  alerts that are pending or firing
//	GET /api/v1/rules   all rules, with their state
//	GET /healthz
package monitor

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Settings are what a user may choose. Zero fields mean the defaults.
type Settings struct {
	Interval time.Duration `json:"interval_ns"` // between two looks at the metrics, and at the rules
	Window   time.Duration `json:"window_ns"`   // over which rates, shares and percentiles are taken
	For      time.Duration `json:"for_ns"`      // how long a condition must hold before its alert fires
	Expiry   time.Duration `json:"expiry_ns"`   // an alert is due when a served certificate ends sooner
}

// Defaults fills what is zero.
func (s Settings) Defaults() Settings {
	s.Interval = cmp.Or(s.Interval, 500*time.Millisecond)
	s.Window = cmp.Or(s.Window, 3*time.Second)
	s.For = cmp.Or(s.For, 2*time.Second)
	s.Expiry = cmp.Or(s.Expiry, 7*24*time.Hour)
	return s
}

// DefaultPort is Prometheus's.
const DefaultPort = 9090

// A Config is all that a monitor has to know.
type Config struct {
	Name    string     `json:"name"`
	Region  string     `json:"region"`
	Addr4   netip.Addr `json:"addr4"`
	Addr6   netip.Addr `json:"addr6"`
	Targets []Target   `json:"targets"`
	Settings
	Bugs []string `json:"bugs,omitempty"`
}

// A Target is one gateway.
type Target struct {
	Name   string `json:"name"`
	Region string `json:"region"`
	URL    string `json:"url"` // without a path
}

func (c Config) has(bug string) bool { return slices.Contains(c.Bugs, bug) }
