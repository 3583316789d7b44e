package issuer

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/drillctl/drillctl/gateway/tokens"
)

// A Key is one signing key. It is published from Made until Until, and signs from
// From until the next one does.
type Key struct {
	JWK   jose.JSONWebKey `json:"jwk"` // private
	Made  time.Time       `json:"made"`
	From  time.Time       `json:"from"`
	Until time.Time       `json:"until,omitzero"` // zero while it is the newest
}

// A ring holds the keys. One that is new is published before it signs, so that all
// who verify have heard of it, and one that is old stays published until what it
// signed has run out.
type ring struct {
	name     string // of the issuer, in tokens
	lifetime time.Duration
	lead     time.Duration // from publishing a key to signing with it
	trail    time.Duration // from the last token signed with a key to its end
	abrupt   bool          // neither lead nor trail: the bug no-key-overlap

	mu   sync.Mutex
	keys []Key // by time
}

func newRing(c Config, keys []Key) (*ring, error) {
	r := &ring{name: c.URL, lifetime: c.Lifetime, lead: 2 * c.Refresh, trail: c.Lifetime + c.Leeway + c.Refresh, abrupt: c.abrupt(), keys: keys}
	if len(keys) > 0 {
		return r, nil
	}
	now := time.Now()
	k, err := newKey(now, now)
	r.keys = []Key{k}
	return r, err
}

func newKey(made, from time.Time) (Key, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("new signing key: %w", err)
	}
	jwk := jose.JSONWebKey{Key: private, KeyID: fmt.Sprintf("%x", public[:8]), Algorithm: string(tokens.Algorithm), Use: "sig"}
	return Key{JWK: jwk, Made: made, From: from}, nil
}

// rotate makes a new key and gives its name. Those before it end when what they
// signed has.
func (r *ring) rotate() (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.abrupt {
		k, err := newKey(now, now)
		r.keys = []Key{k}
		return k.JWK.KeyID, err
	}
	k, err := newKey(now, now.Add(r.lead))
	if err != nil {
		return "", err
	}
	r.drop(now)
	if last := &r.keys[len(r.keys)-1]; last.Until.IsZero() {
		last.Until = k.From.Add(r.trail)
	}
	r.keys = append(r.keys, k)
	return k.JWK.KeyID, nil
}

// drop forgets the keys that have ended.
func (r *ring) drop(now time.Time) {
	for len(r.keys) > 1 && !r.keys[0].Until.IsZero() && now.After(r.keys[0].Until) {
		r.keys = r.keys[1:]
	}
}

// signing is the key that signs now.
func (r *ring) signing(now time.Time) Key {
	for i := len(r.keys) - 1; i > 0; i-- {
		if !now.Before(r.keys[i].From) {
			return r.keys[i]
		}
	}
	return r.keys[0]
}

// public are the keys that are published now.
func (r *ring) public() jose.JSONWebKeySet {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(time.Now())
	var set jose.JSONWebKeySet
	for _, k := range r.keys {
		set.Keys = append(set.Keys, k.JWK.Public())
	}
	return set
}

// issue signs a token for an audience that lasts for a time, and says how long.
func (r *ring) issue(audience, subject string, lasts time.Duration) (string, time.Duration, error) {
	if lasts <= 0 || lasts > r.lifetime {
		lasts = r.lifetime
	}
	r.mu.Lock()
	now := time.Now()
	key := r.signing(now)
	r.mu.Unlock()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: tokens.Algorithm, Key: key.JWK}, (&jose.SignerOptions{}).WithType(tokens.Type))
	if err != nil {
		return "", 0, fmt.Errorf("sign a token: %w", err)
	}
	text, err := jwt.Signed(signer).Claims(jwt.Claims{Issuer: r.name, Subject: subject, Audience: jwt.Audience{audience},
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(lasts)), ID: rand.Text()}).Serialize()
	if err != nil {
		return "", 0, fmt.Errorf("sign a token: %w", err)
	}
	return text, lasts, nil
}

// A State is what the issuer says of its keys: no secrets.
type State struct {
	Signing string     `json:"signing"` // the name of the key that signs now
	Newest  string     `json:"newest"`  // that will, if it is another one
	Keys    []KeyState `json:"keys"`
}

// A KeyState is one key that is published.
type KeyState struct {
	Name  string    `json:"kid"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`
}

func (r *ring) state() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.drop(now)
	s := State{Signing: r.signing(now).JWK.KeyID, Newest: r.keys[len(r.keys)-1].JWK.KeyID}
	for _, k := range r.keys {
		s.Keys = append(s.Keys, KeyState{k.JWK.KeyID, k.From, k.Until})
	}
	return s
}

// all are the keys with their secrets, to be kept.
func (r *ring) all() []Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Key(nil), r.keys...)
}
