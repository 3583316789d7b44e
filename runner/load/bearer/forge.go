package bearer

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/drillctl/drillctl/drill"
)

var b64 = base64.RawURLEncoding

// A forger makes tokens that must not be believed. It is given good ones to begin
// with, so that nothing else is wrong with what it makes.
type forger struct{ key ed25519.PrivateKey }

func newForger() (*forger, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("an intruder's key: %w", err)
	}
	return &forger{key}, nil
}

// forge makes a token out of a good one. public is a key of the issuer's.
func (f *forger) forge(kind drill.Forgery, good string, public []byte) (string, error) {
	parts := strings.Split(good, ".")
	if len(parts) != 3 {
		return "", errors.New("there is no good token to begin with")
	}
	claims := parts[1]
	switch kind {
	case drill.BadSignature:
		return f.signed(parts[0] + "." + claims), nil
	case drill.UnknownKey:
		head, err := header(parts[0], "EdDSA", "drillctl-intruder")
		return f.signed(head + "." + claims), err
	case drill.AlgNone:
		head, err := header(parts[0], "none", "")
		return head + "." + claims + ".", err
	case drill.AlgConfusion:
		if len(public) == 0 {
			return "", errors.New("the issuer's key is not known")
		}
		head, err := header(parts[0], "HS256", "")
		mac := hmac.New(sha256.New, public)
		mac.Write([]byte(head + "." + claims))
		return head + "." + claims + "." + b64.EncodeToString(mac.Sum(nil)), err
	}
	return "", fmt.Errorf("%s is no forgery of a token", kind)
}

func (f *forger) signed(what string) string {
	return what + "." + b64.EncodeToString(ed25519.Sign(f.key, []byte(what)))
}

// header changes the algorithm of a token's head, and the name of its key unless that
// is empty.
func header(head, alg, kid string) (string, error) {
	text, err := b64.DecodeString(head)
	if err != nil {
		return "", err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", err
	}
	fields["alg"] = alg
	if kid != "" {
		fields["kid"] = kid
	}
	text, err = json.Marshal(fields)
	return b64.EncodeToString(text), err
}
