package tokens

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/drillctl/drillctl/gateway/health"
)

const maxSet = 1 << 20 // bytes of a key set

// ask gets the keys and takes them over.
func (k *Keys) ask(ctx context.Context) error {
	text, keys, err := k.fetch(ctx)
	k.mu.Lock()
	was, changed := k.failed, err == nil && !sameKeys(keys, k.keys)
	known := !k.heard.IsZero() // else it is only not up yet
	k.count(err)
	if err == nil {
		k.keys, k.heard = keys, time.Now()
	}
	k.mu.Unlock()
	switch {
	case err != nil && !was && known:
		k.tell(Notice{Lost: true, Text: "the token issuer does not give its keys: " + health.Reason(err)})
	case err == nil && was && known:
		k.tell(Notice{Found: true, Text: "the token issuer gives its keys again"})
	}
	if err == nil && (changed || time.Since(k.written) > k.config.Keep/10) {
		k.written = time.Now()
		if err := k.keep(text); err != nil {
			k.tell(Notice{Text: "the issuer's keys cannot be kept: " + err.Error()})
		}
	}
	return err
}

// count notes how a question went. It holds mu.
func (k *Keys) count(err error) {
	if k.failed = err != nil; k.failed {
		k.fetches[1]++
		return
	}
	k.fetches[0]++
}

// findNow is the bug no-key-cache: the issuer is asked for every request.
func (k *Keys) findNow(ctx context.Context, name string) (ed25519.PublicKey, error) {
	_, keys, err := k.fetch(ctx)
	k.mu.Lock()
	k.count(err)
	k.mu.Unlock()
	switch {
	case err != nil:
		return nil, ErrNoKeys
	case keys[name] == nil:
		return nil, refuse(UnknownKey, nil)
	}
	return keys[name], nil
}

func (k *Keys) fetch(ctx context.Context) ([]byte, map[string]ed25519.PublicKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.config.Issuer+KeysPath, nil)
	if err != nil {
		return nil, nil, err
	}
	res, err := k.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, nil, health.StatusError(res.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxSet))
	if err != nil {
		return nil, nil, err
	}
	keys, err := parse(text)
	return text, keys, err
}

// parse takes the keys out of a set that can verify our tokens; others are not ours
// to judge.
func parse(text []byte) (map[string]ed25519.PublicKey, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	keys := map[string]ed25519.PublicKey{}
	for _, k := range set.Keys {
		public, ok := k.Key.(ed25519.PublicKey)
		if ok && k.Valid() && k.KeyID != "" && (k.Use == "" || k.Use == "sig") && (k.Algorithm == "" || k.Algorithm == string(Algorithm)) {
			keys[k.KeyID] = public
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("key set: it has no key for " + string(Algorithm))
	}
	return keys, nil
}

func sameKeys(a, b map[string]ed25519.PublicKey) bool {
	return maps.EqualFunc(a, b, func(x, y ed25519.PublicKey) bool { return slices.Equal(x, y) })
}
