package tokens

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// maxToken bounds what is looked at of one token, in bytes.
const maxToken = 8 << 10

// ErrNoKeys means that there are no keys to verify tokens with: nobody can tell
// whether a token is good, so nobody is let in.
var ErrNoKeys = errors.New("the issuer's keys are not to be had")

// A Refusal is why a token is not believed.
type Refusal struct {
	Reason string // one of Reasons
	Err    error  // more of it, for people
}

func (r *Refusal) Error() string {
	if r.Err == nil {
		return "token refused: " + r.Reason
	}
	return fmt.Sprintf("token refused: %s: %v", r.Reason, r.Err)
}

func (r *Refusal) Unwrap() error { return r.Err }

// The reasons of refusals.
const (
	Absent         = "absent"
	Malformed      = "malformed"
	WrongAlgorithm = "algorithm"
	WrongType      = "type"
	UnknownKey     = "unknown-key"
	Forged         = "signature"
	Expired        = "expired"
	NotYet         = "not-yet-valid"
	Issuer         = "issuer"
	Audience       = "audience"
	NoExpiry       = "no-expiry"
)

// Reasons lists them all.
func Reasons() []string {
	return []string{Absent, Malformed, WrongAlgorithm, WrongType, UnknownKey, Forged, Expired, NotYet, Issuer, Audience, NoExpiry}
}

func refuse(reason string, err error) error { return &Refusal{Reason: reason, Err: err} }

// A Verifier lets requests in by their tokens. It is safe for concurrent use.
type Verifier struct {
	config Config
	keys   *Keys
	counts *counts
}

// New returns a verifier with the keys that were kept on disk, if they are young
// enough. tell is told when the issuer is lost and found; Run keeps the keys fresh.
func New(c Config, tell func(Notice)) *Verifier {
	v := &Verifier{config: c, keys: newKeys(c, tell)}
	v.counts = newCounts(v.keys)
	return v
}

// Run asks for the keys again and again until ctx ends.
func (v *Verifier) Run(ctx context.Context) { v.keys.run(ctx) }

// Ready says whether there are keys that may be believed.
func (v *Verifier) Ready() bool { return v.config.NoCache || v.keys.usable() }

// Check is nil for a request that may pass, a *Refusal for one whose token is not
// good, and ErrNoKeys when that cannot be told.
func (v *Verifier) Check(ctx context.Context, h http.Header) error {
	err := v.check(ctx, h)
	if err != nil && v.config.FailOpen && h.Get("Authorization") != "" && v.keys.lost() {
		err = nil // the bug fail-open
	}
	v.counts.checked(err)
	return err
}

func (v *Verifier) check(ctx context.Context, h http.Header) error {
	raw, err := bearer(h)
	if err != nil {
		return err
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{Algorithm})
	var other *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &other):
		return refuse(WrongAlgorithm, err)
	case err != nil:
		return refuse(Malformed, err)
	case len(token.Headers) != 1 || token.Headers[0].KeyID == "":
		return refuse(Malformed, errors.New("it names no key"))
	}
	if t, _ := token.Headers[0].ExtraHeaders[jose.HeaderType].(string); !strings.EqualFold(strings.TrimPrefix(t, "application/"), Type) {
		return refuse(WrongType, fmt.Errorf("%q is not %s", t, Type))
	}
	key, err := v.keys.find(ctx, token.Headers[0].KeyID)
	if err != nil {
		return err
	}
	var claims jwt.Claims
	if err := token.Claims(key, &claims); errors.Is(err, jose.ErrCryptoFailure) {
		return refuse(Forged, err)
	} else if err != nil {
		return refuse(Malformed, err)
	}
	return v.claims(claims)
}

// claims looks at what a token says whose signature is right.
func (v *Verifier) claims(c jwt.Claims) error {
	if c.Expiry == nil {
		return refuse(NoExpiry, nil) // the library asks for none
	}
	err := c.ValidateWithLeeway(jwt.Expected{Issuer: v.config.Issuer, AnyAudience: jwt.Audience{v.config.Audience}, Time: time.Now()}, v.config.Leeway)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrExpired):
		return refuse(Expired, err)
	case errors.Is(err, jwt.ErrInvalidIssuer):
		return refuse(Issuer, err)
	case errors.Is(err, jwt.ErrInvalidAudience):
		return refuse(Audience, err)
	case errors.Is(err, jwt.ErrNotValidYet), errors.Is(err, jwt.ErrIssuedInTheFuture):
		return refuse(NotYet, err)
	}
	return refuse(Malformed, err)
}

// bearer takes the token out of a request's headers (RFC 6750, 2.1).
func bearer(h http.Header) (string, error) {
	all := h.Values("Authorization")
	if len(all) == 0 {
		return "", refuse(Absent, nil)
	}
	scheme, token, _ := strings.Cut(all[0], " ")
	token = strings.TrimSpace(token)
	switch {
	case len(all) > 1:
		return "", refuse(Malformed, errors.New("there are several"))
	case !strings.EqualFold(scheme, "Bearer"):
		return "", refuse(Absent, errors.New("the scheme is not Bearer"))
	case token == "" || len(token) > maxToken:
		return "", refuse(Malformed, fmt.Errorf("it has %d bytes", len(token)))
	}
	return token, nil
}

// Challenge is the WWW-Authenticate header of an answer 401 (RFC 6750, 3).
func (v *Verifier) Challenge(r *Refusal) string {
	realm := fmt.Sprintf("Bearer realm=%q", v.config.Audience)
	if r.Reason == Absent {
		return realm
	}
	return fmt.Sprintf("%s, error=\"invalid_token\", error_description=%q", realm, r.Reason)
}
