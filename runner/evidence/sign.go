package evidence

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

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
