package evidence

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"os"
	"slices"

	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/rundir"
)

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
