package faults

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// issuerRole is that of the bundled system's token issuer.
const issuerRole = "issuer"

var rotateKeys = Kind{
	Name:    "rotate-keys",
	Summary: "Have the token issuer change the key that it signs with.",
	Doc: `The token issuer of the bundled system is asked for a new signing key. When it signs
with that, and for how long those before it go on being published, is its own affair:
that is the overlap that the drill is about. Verified by what the issuer says of its
keys and by the key set that it serves; it is over when a token that it gives is signed
by the new key. A rotation is not taken back: the key of before is no better.`,
	Instant:  true,
	Excludes: []string{"kill", "stop", "pause", "power-loss"},
	Fits:     onlyRole(issuerRole, "it signs no tokens; write it like on: {role: issuer}, with system.gateway.tokens"),
	New:      func() Fault { return &RotateKeys{} },
}

// RotateKeys is a change of the signing key.
type RotateKeys struct{}

// Patience implements Patient: a new key does not sign before everybody may know it.
func (f *RotateKeys) Patience() time.Duration { return 30 * time.Second }

// Undo implements Fault: there is nothing to take back.
func (f *RotateKeys) Undo(context.Context, runtimes.Instance) error { return nil }

// Arm implements Fault.
func (f *RotateKeys) Arm(ctx context.Context, on []Target) (Armed, error) {
	if len(on) != 1 {
		return nil, fmt.Errorf("keys are rotated by one issuer, not by %d", len(on))
	}
	r := &rotated{asked: asked{on[0].Instance}}
	_, err := r.state(ctx)
	return r, err
}

// issuerState is what an issuer says of its keys.
type issuerState struct {
	Signing string `json:"signing"`
	Newest  string `json:"newest"`
	Keys    []struct {
		Name string `json:"kid"`
	} `json:"keys"`
}

// A rotated is one issuer that is to have a new key.
type rotated struct {
	asked
	key string // that it made; empty before
}

func (r *rotated) state(ctx context.Context) (issuerState, error) {
	var s issuerState
	err := askJSON(ctx, r.in, http.MethodGet, "/state", nil, &s)
	return s, err
}

// Fire implements Armed.
func (r *rotated) Fire(ctx context.Context) (map[string]time.Duration, error) {
	before, err := r.state(ctx)
	if err != nil {
		return nil, err
	}
	var s issuerState
	if err := askJSON(ctx, r.in, http.MethodPost, "/rotate", nil, &s); err != nil {
		return nil, err
	}
	if s.Newest == before.Newest {
		return nil, fmt.Errorf("%s: it was asked for a new key, and has none", r.name())
	}
	r.key = s.Newest
	return map[string]time.Duration{r.name(): mono.Now()}, nil
}

// Verify implements Armed. In force means that there is a new key, and gone that it
// has taken over.
func (r *rotated) Verify(ctx context.Context, want bool) ([]Evidence, error) {
	s, err := r.state(ctx)
	if errors.Is(err, runtimes.ErrGone) {
		return vanished(r.name(), want), nil
	}
	if err != nil {
		return nil, err
	}
	var published []string
	for _, k := range s.Keys {
		published = append(published, k.Name)
	}
	back := Evidence{Instance: r.name(), How: "read-back", At: mono.Now(), Text: fmt.Sprintf("signs with %s; published: %s", s.Signing, strings.Join(published, ", "))}
	if want {
		back.OK = r.key != "" && slices.Contains(published, r.key)
		served, err := r.served(ctx)
		return []Evidence{back, {Instance: r.name(), How: "data-path", At: mono.Now(), OK: err == nil && slices.Contains(served, r.key), Text: "serves the keys " + strings.Join(served, ", ")}}, err
	}
	// Before anything was done, any key will do; after it the new one, or one later.
	pending := slices.Index(published, s.Signing) < slices.Index(published, r.key)
	back.OK = s.Signing != "" && (r.key == "" || !pending)
	by, err := r.signer(ctx)
	return []Evidence{back, {Instance: r.name(), How: "data-path", At: mono.Now(), OK: err == nil && by == s.Signing, Text: "gives a token signed with " + by}}, err
}

// served are the names of the keys that verify.
func (r *rotated) served(ctx context.Context) ([]string, error) {
	var set struct {
		Keys []struct {
			Name string `json:"kid"`
		} `json:"keys"`
	}
	err := askJSON(ctx, r.in, http.MethodGet, "/.well-known/jwks.json", nil, &set)
	var names []string
	for _, k := range set.Keys {
		names = append(names, k.Name)
	}
	return names, err
}

// signer gets a token and says whose key it names.
func (r *rotated) signer(ctx context.Context) (string, error) {
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := askJSON(ctx, r.in, http.MethodPost, "/token?audience=drillctl", nil, &answer); err != nil {
		return "", err
	}
	head, _, _ := strings.Cut(answer.Token, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	var fields struct {
		Name string `json:"kid"`
	}
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		return "", fmt.Errorf("%s: the token that it gives: %w", r.name(), err)
	}
	return fields.Name, nil
}

// Revert implements Armed.
func (r *rotated) Revert(context.Context) (map[string]time.Duration, error) {
	return map[string]time.Duration{r.name(): mono.Now()}, nil
}
