package certs

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a served certificate can be.
const (
	Valid       = "valid"         // the usual one
	Expired     = "expired"       // a minute ago
	Expiring    = "expiring"      // valid for a given time still
	NotYetValid = "not-yet-valid" // in an hour and more
	WrongName   = "wrong-name"    // of another host of the same domain
	Untrusted   = "untrusted"     // of an authority that nobody knows
)

// A Config is all that a gateway has to know of its certificates.
type Config struct {
	Port     uint16        `json:"port"`          // of HTTPS
	Node     string        `json:"node"`          // the gateway's own name
	Name     string        `json:"name"`          // that clients ask for
	Lifetime time.Duration `json:"lifetime_ns"`   // of a certificate
	Dir      string        `json:"dir,omitempty"` // keeps the issuer over a restart
	// Roots are the certificates of the system's authority, in PEM.
	Roots string `json:"roots,omitempty"`
}

// Terms say which certificate to serve.
type Terms struct {
	Serves string        `json:"serves"`
	Left   time.Duration `json:"left_ns,omitempty"` // with Expiring: until it ends
}

// Check says what is wrong with them.
func (t Terms) Check() error {
	all := []string{Expired, Expiring, NotYetValid, WrongName, Untrusted}
	switch {
	case !slices.Contains(all, t.Serves):
		return fmt.Errorf("a gateway can serve a certificate that is %s, not %q", strings.Join(all, ", "), t.Serves)
	case t.Serves == Expiring && t.Left <= 0:
		return fmt.Errorf("a certificate that is expiring has some time left, not %v", t.Left)
	}
	return nil
}

// validity is from when to when a certificate of these terms is valid.
func (t Terms) validity(lifetime time.Duration) (from, until time.Time) {
	now := time.Now()
	switch t.Serves {
	case Expired:
		until = now.Add(-time.Minute)
	case Expiring:
		until = now.Add(t.Left)
	case NotYetValid:
		return now.Add(time.Hour), now.Add(time.Hour + lifetime)
	default:
		return now.Add(-slack), now.Add(lifetime)
	}
	return until.Add(-slack - lifetime), until
}

// name is that of a certificate that should be of own.
func (t Terms) name(own string) string {
	if t.Serves == WrongName {
		return "other." + domainOf(own)
	}
	return own
}

// domainOf is a host's name without its first part.
func domainOf(host string) string {
	_, domain, _ := strings.Cut(host, ".")
	return domain
}

// pool holds the certificates of a text in PEM; none trusts nobody.
func pool(roots string) *x509.CertPool {
	p := x509.NewCertPool()
	p.AppendCertsFromPEM([]byte(roots))
	return p
}
