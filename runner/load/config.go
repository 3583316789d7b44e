// Package load drives traffic and observes it: vegeta with a pacer, a transport
// and a resolver of ours, in a worker that runs where clients run, and the
// controller's side of that worker.
//
// The worker is the hidden command "drillctl load-worker". It takes JSON lines
// on stdin (see Command) and answers in frames on stdout: one byte for the kind
// of frame, the payload's length as an unsigned varint, the payload. Its stdin
// is its lease: at end of file it ends what it does and exits.
//
// Every attempt to reach the system is one sample. Nothing is retried: not by
// net/http, which resends GETs on kept connections that turned out to be dead,
// and not by us.
package load

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/bearer"
	"github.com/drillctl/drillctl/runner/load/probe"
)

// Client profiles.
const (
	Pooled = probe.Pooled
	Fresh  = probe.Fresh
)

// A Config is all that a worker must know.
type Config struct {
	// URL is the entry of the system, e.g. http://api.drill.test.
	URL string `json:"url"`
	// DNS servers, in the order in which to ask; none means the resolver of the
	// machine.
	DNS []netip.AddrPort `json:"dns,omitempty"`
	// Roots are certificates in PEM that https is verified with, and with no others;
	// without them those of the machine.
	Roots string `json:"roots,omitempty"`
	// Stores are where to read the ledger of each region directly, by region.
	Stores map[string]string `json:"stores,omitempty"`
	// Rates are requests per second on a constant grid; 0 is none.
	ReadRate  float64       `json:"read_rate"`
	WriteRate float64       `json:"write_rate"`
	Timeout   time.Duration `json:"timeout_ns"` // of one request, from its real start
	Profile   string        `json:"profile"`    // pooled or fresh
	// BeganMono is the mono instant of time 0 of the drill; samples count from it.
	BeganMono time.Duration `json:"began_mono_ns"`
	Seed      uint64        `json:"seed"` // phases of the grids, picks of reads, order of addresses
	// Headers default to those of the bundled system.
	Headers probe.Headers `json:"headers,omitzero"`
	// Origins are groups of clients with answers and connections of their own; nil
	// for one group.
	Origins []Origin `json:"origins,omitempty"`
	// Cache is what all clients make of the TTL of DNS answers.
	Cache drill.ResolverSpec `json:"cache,omitzero"`
	// Send are headers that every request has, also those of the final reads.
	Send map[string]string `json:"send,omitempty"`
	// Foreign says how to ask a system that is not the bundled one; its headers
	// are in the place of Headers.
	Foreign *Foreign `json:"foreign,omitempty"`
	// Tokens are what requests show; nil for none.
	Tokens *bearer.Config `json:"tokens,omitempty"`
	// IntruderRate is of requests whose tokens are not good, per second; 0 is none.
	IntruderRate float64 `json:"intruder_rate,omitempty"`
	// MaxWorkers bounds the requests under way per route. The default is four
	// times what the rate and the timeout can keep under way, so that it is
	// never reached: vegeta with fewer is a closed loop (measuring.md 1.6).
	MaxWorkers uint64 `json:"max_workers,omitempty"`
}

// Check says everything that is wrong with c.
func (c Config) Check() error {
	var errs []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	u, err := url.Parse(c.URL)
	bad(err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https", "load url %q: want http://HOST or https://HOST", c.URL)
	bad(c.ReadRate < 0 || c.WriteRate < 0 || c.IntruderRate < 0, "load rates %v, %v and %v: below zero", c.ReadRate, c.WriteRate, c.IntruderRate)
	bad(c.IntruderRate > 0 && c.Tokens == nil, "load: intruders need tokens to forge")
	bad(c.ReadRate+c.WriteRate == 0, "load: no rate at all")
	bad(c.Timeout <= 0, "load timeout %v: must be above zero", c.Timeout)
	bad(c.Profile != Pooled && c.Profile != Fresh, "load profile %q: want %s or %s", c.Profile, Pooled, Fresh)
	bad(c.Cache.AtLeast < 0, "load cache: answers are kept for %v", c.Cache.AtLeast)
	if len(c.Origins) > 0 {
		errs = append(errs, checkOrigins(c.Origins))
	}
	bad(c.Roots != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(c.Roots)), "load roots: no certificate in PEM")
	if c.Foreign != nil {
		errs = append(errs, c.Foreign.check(c.WriteRate > 0))
	}
	return errors.Join(errs...)
}

func (c Config) headers() probe.Headers {
	if c.Foreign != nil {
		return c.Foreign.ServedBy.Canonical()
	}
	if c.Headers == (probe.Headers{}) {
		return probe.DefaultHeaders()
	}
	return c.Headers.Canonical()
}

// send is Send as headers.
func (c Config) send() http.Header {
	h := http.Header{}
	for name, value := range c.Send {
		h.Set(name, value)
	}
	return h
}

func (c Config) workers(rate float64) uint64 {
	if c.MaxWorkers > 0 {
		return c.MaxWorkers
	}
	return uint64(4*rate*c.Timeout.Seconds()) + 10
}
