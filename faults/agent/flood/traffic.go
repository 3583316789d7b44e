// Package flood sends addresses more traffic than they are meant to have: requests
// at a constant rate, or connections of clients that are slow. It counts what
// becomes of it, and connects to nobody but to whom it was told.
package flood

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// The kinds of traffic.
const (
	Requests    = "requests"     // whole requests, one after another
	SlowClients = "slow-clients" // connections that keep a server waiting
)

// The manners of slow clients.
const (
	Trickle = "trickle" // the header of a request comes byte by byte, and never ends
	Deaf    = "deaf"    // a whole request, and nobody reads the answer
)

// What one agent sends at most.
const (
	MaxRate        = 1000 // requests, or new connections, per second
	MaxConnections = 5000 // open at a time
)

// A Traffic is what is to be sent.
type Traffic struct {
	Kind        string           `json:"kind"`
	To          []netip.AddrPort `json:"to"`                    // in turn, and nobody else
	Rate        float64          `json:"rate"`                  // requests, or new connections, per second
	Connections int              `json:"connections,omitempty"` // of slow clients, held open at a time
	Manner      string           `json:"manner,omitempty"`      // of slow clients
	Path        string           `json:"path"`
	Headers     []string         `json:"headers,omitempty"` // "Name: value"
}

// Check says what is wrong with it.
func (t Traffic) Check() error {
	switch {
	case t.Kind != Requests && t.Kind != SlowClients:
		return fmt.Errorf("flood: unknown kind %q", t.Kind)
	case len(t.To) == 0 || slices.ContainsFunc(t.To, func(a netip.AddrPort) bool { return !a.IsValid() || a.Port() == 0 }):
		return errors.New("flood: nobody, or no address, to send it to")
	case !(t.Rate > 0 && t.Rate <= MaxRate): // so that NaN is caught
		return fmt.Errorf("flood: a rate of %v/s, and not up to %d/s", t.Rate, MaxRate)
	case t.Kind == SlowClients && (t.Connections < 1 || t.Connections > MaxConnections):
		return fmt.Errorf("flood: %d connections, and not 1 to %d", t.Connections, MaxConnections)
	case t.Kind == SlowClients && t.Manner != Trickle && t.Manner != Deaf:
		return fmt.Errorf("flood: unknown manner %q", t.Manner)
	case !GoodPath(t.Path):
		return fmt.Errorf("flood: %q is not a path", t.Path)
	}
	for _, h := range t.Headers {
		if _, _, err := Header(h); err != nil {
			return fmt.Errorf("flood: %w", err)
		}
	}
	return nil
}

// GoodPath says whether a request can be for it: a path, maybe with a query.
func GoodPath(p string) bool {
	return strings.HasPrefix(p, "/") && len(p) <= 1000 && !strings.ContainsFunc(p, func(c rune) bool { return c <= ' ' || c == '#' || c > '~' })
}

// hop are headers that speak of the connection: they are the sender's own.
var hop = []string{"Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Te", "Trailer"}

// Header takes "Name: value" apart.
func Header(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch {
	case !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) || len(line) > 1000:
		return "", "", fmt.Errorf("%q is not a header like X-API-Key: 123", line)
	case slices.ContainsFunc(hop, func(h string) bool { return strings.EqualFold(h, name) }):
		return "", "", fmt.Errorf("the header %s is the sender's own", name)
	}
	return name, value, nil
}
