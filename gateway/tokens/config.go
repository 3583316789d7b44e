// Package tokens verifies the bearer tokens of requests: JSON Web Tokens (RFC 7519)
// that an issuer signs with Ed25519 and whose public keys it serves as a JSON Web
// Key Set (RFC 7517). The keys are cached: while the issuer is away, those that are
// known go on being believed.
package tokens

import (
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// Algorithm is the only one in which a signature is believed: what a token says of
	// itself chooses nothing (RFC 8725, 3.1).
	Algorithm = jose.EdDSA
	// Type is that of an access token (RFC 9068): no other token is one.
	Type = "at+jwt"
	// KeysPath is where an issuer serves its keys.
	KeysPath = "/.well-known/jwks.json"
)

// A Notice is what a verifier has to tell of the issuer.
type Notice struct {
	Lost, Found bool // of its keys; neither is a note
	Text        string
}

// A Config says whose tokens are believed.
type Config struct {
	Issuer   string        `json:"issuer"`     // URL, which is its name in tokens, too
	Node     string        `json:"node"`       // that the issuer is
	Region   string        `json:"region"`     // of the issuer
	Audience string        `json:"audience"`   // whom a token must be for
	Refresh  time.Duration `json:"refresh_ns"` // between two questions for the keys
	Keep     time.Duration `json:"keep_ns"`    // that keys are believed without the issuer
	Leeway   time.Duration `json:"leeway_ns"`  // by which clocks may differ
	Cache    string        `json:"cache"`      // file that keeps the keys over a restart; "" for none
	// The bugs no-key-cache and fail-open.
	NoCache  bool `json:"no_cache,omitempty"`
	FailOpen bool `json:"fail_open,omitempty"`
}
