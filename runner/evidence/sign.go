package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/rundir"
)

// An envelope is DSSE (https://github.com/secure-systems-lab/dsse) around the
// statement.
type envelope struct {
	Payload     []byte      `json:"payload"` // base64 in JSON
	PayloadType string      `json:"payloadType"`
	Signatures  []signature `json:"signatures"`
	SignedAt    time.Time   `json:"signedAt"` // by the last of them; not DSSE's, and not signed
}

type signature struct {
	KeyID string `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// pae is DSSE's pre-authentication encoding: what is really signed.
func pae(payload []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(payloadType), payloadType, len(payload)), payload...)
}

// KeyID is the SHA-256 of the public key in its DER form.
func KeyID(k ed25519.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		return ""
	}
	h := sha256.Sum256(der)
	return hex.EncodeToString(h[:])
}

// NewKey makes a key pair as PEM: PKCS #8 and PKIX.
func NewKey() (private, public []byte, err error) {
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	pubDER, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pubDER}), nil
}

// ErrKey means that a file holds no Ed25519 key of the kind that is needed.
var ErrKey = errors.New("not an Ed25519 key in PEM")

// PrivateKey reads a private key.
func PrivateKey(text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, ErrKey
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if k, ok := key.(ed25519.PrivateKey); err == nil && ok {
		return k, nil
	}
	return nil, ErrKey
}

// PublicKey reads a public key, or the public half of a private one.
func PublicKey(text []byte) (ed25519.PublicKey, error) {
	if priv, err := PrivateKey(text); err == nil {
		return priv.Public().(ed25519.PublicKey), nil
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, ErrKey
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if k, ok := key.(ed25519.PublicKey); err == nil && ok {
		return k, nil
	}
	return nil, ErrKey
}

// Sign adds a signature to the run's envelope, and the envelope to the chain.
// Signatures of an earlier statement do not hold any longer and are left out.
func Sign(d rundir.Dir, key ed25519.PrivateKey, now time.Time) error {
	text, err := WriteStatement(d)
	if err != nil {
		return fmt.Errorf("sign run %s: %w", d.ID, err)
	}
	env := envelope{Payload: text, PayloadType: payloadType, SignedAt: now.UTC()}
	var old envelope
	if err := d.ReadJSON(rundir.Envelope, &old); err == nil && bytes.Equal(old.Payload, text) {
		env.Signatures = old.Signatures
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	id := KeyID(key.Public().(ed25519.PublicKey))
	env.Signatures = slices.DeleteFunc(env.Signatures, func(s signature) bool { return s.KeyID == id })
	env.Signatures = append(env.Signatures, signature{id, ed25519.Sign(key, pae(text))})
	if err := d.WriteJSON(rundir.Envelope, env); err != nil {
		return err
	}
	sum, err := d.SumOf(rundir.Envelope)
	if err != nil {
		return err
	}
	_, err = rundir.Extend(d.Root, rundir.Link{At: now.UTC(), Kind: rundir.LinkSignature, Run: d.ID, SHA256: sum})
	return err
}

// signed checks the statement and the signatures on it and on people's lines.
func (c *checker) signed(keys []ed25519.PublicKey) {
	byID := map[string]ed25519.PublicKey{}
	for _, k := range keys {
		byID[KeyID(k)] = k
	}
	text, ok := c.statement()
	if c.chain.signature != nil {
		c.envelope(text, ok, byID)
	} else if _, err := os.Stat(c.dir.Path(rundir.Envelope)); err == nil {
		c.bad("statement.dsse.json was added without drillctl")
	}
	c.signatures(byID)
	if len(keys) > 0 && c.state.Sealed && len(c.state.Signed) == 0 {
		c.bad("no signature of a given key holds")
	}
}

func (c *checker) envelope(text []byte, ok bool, keys map[string]ed25519.PublicKey) {
	if !ok {
		c.bad("statement.json, which was signed, is missing or was changed")
		return
	}
	sum, err := c.dir.SumOf(rundir.Envelope)
	switch {
	case err != nil:
		c.bad("statement.dsse.json was removed")
		return
	case sum != c.chain.signature.SHA256:
		c.bad("statement.dsse.json was changed")
	}
	var env envelope
	if err := c.dir.ReadJSON(rundir.Envelope, &env); err != nil {
		c.bad("statement.dsse.json cannot be read")
		return
	}
	if !env.SignedAt.IsZero() { // of an older drillctl
		c.when("statement.dsse.json", env.SignedAt, nil, *c.chain.signature)
	}
	if !bytes.Equal(env.Payload, text) || env.PayloadType != payloadType {
		c.bad("statement.dsse.json is about another statement")
		return
	}
	for _, s := range env.Signatures {
		c.holds("statement.dsse.json", s.KeyID, pae(text), s.Sig, keys)
	}
}

// signatures checks people's lines that carry one.
func (c *checker) signatures(keys map[string]ed25519.PublicKey) {
	data, err := os.ReadFile(c.dir.Path(rundir.People))
	if err != nil {
		return
	}
	entries, err := people.Parse(data)
	if err != nil {
		return // told by people
	}
	for _, e := range entries {
		if e.KeyID != "" {
			c.holds(fmt.Sprintf("people.jsonl line %d", e.Seq), e.KeyID, e.Signed(), e.Sig, keys)
		}
	}
}

func (c *checker) holds(where, id string, text, sig []byte, keys map[string]ed25519.PublicKey) {
	key, known := keys[id]
	switch {
	case !known:
		c.state.Unknown = include(c.state.Unknown, id)
	case !ed25519.Verify(key, text, sig):
		c.bad("%s: the signature of key %.12s does not hold", where, id)
	case where == "statement.dsse.json":
		c.state.Signed = include(c.state.Signed, id)
	}
}

func include(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
