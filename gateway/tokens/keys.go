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
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/drillctl/drillctl/gateway/health"
	"github.com/drillctl/drillctl/internal/atomicfile"
)

const (
	// forcedEvery is the least time between two questions that unknown keys cause:
	// whoever makes names of keys up must not make requests to the issuer of them.
	forcedEvery = time.Second
	// patience is for one answer of the issuer; requests may wait for it.
	patience = 500 * time.Millisecond
	// startEvery is the time between two questions while there are no keys: a gateway
	// and its issuer may start together.
	startEvery = 100 * time.Millisecond
	maxSet     = 1 << 20 // bytes of a key set
)

// Keys are an issuer's public keys, as last heard. They are believed for a while
// without it.
type Keys struct {
	config Config
	client *http.Client
	tell   func(Notice)

	mu      sync.Mutex
	keys    map[string]ed25519.PublicKey
	heard   time.Time     // zero while there are none
	failed  bool          // the last question was not answered
	forced  time.Time     // of the last question that an unknown key caused
	asking  chan struct{} // closed when the question under way is over; nil without one
	written time.Time     // when the file was; of the question under way alone
	fetches [2]uint64     // answered and not
}

func newKeys(c Config, tell func(Notice)) *Keys {
	k := &Keys{config: c, tell: tell, client: &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}}
	if at, keys, err := k.kept(); err == nil && !c.NoCache {
		k.keys, k.heard = keys, at
		tell(Notice{Text: fmt.Sprintf("begins with %d keys of the issuer, as kept", len(keys))})
	}
	return k
}

// run asks for the keys again and again until ctx ends.
func (k *Keys) run(ctx context.Context) {
	if k.config.NoCache {
		return // every request asks
	}
	for {
		_ = k.refresh(ctx) // told, counted, and tried again
		pause := k.config.Refresh
		if !k.usable() {
			pause = min(pause, startEvery)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// find gives the key of a name. One that is unknown may be new: then the issuer is
// asked once, and no more than once in forcedEvery, however many requests name it.
func (k *Keys) find(ctx context.Context, name string) (ed25519.PublicKey, error) {
	if k.config.NoCache {
		return k.findNow(ctx, name)
	}
	key, wait, err := k.look(name, true)
	if wait == nil {
		return key, err
	}
	select {
	case <-wait:
	case <-ctx.Done():
	}
	key, _, err = k.look(name, false) // once: the issuer may be lost for long
	return key, err
}

// look finds a key, or why there is none, or what to wait for before looking again.
func (k *Keys) look(name string, patient bool) (key ed25519.PublicKey, wait <-chan struct{}, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fresh() {
		if key := k.keys[name]; key != nil {
			return key, nil, nil
		}
		err = refuse(UnknownKey, nil)
	} else {
		err = ErrNoKeys
	}
	switch {
	case !patient:
		return nil, nil, err
	case k.asking != nil:
		return nil, k.asking, nil
	case time.Since(k.forced) < forcedEvery:
		return nil, nil, err
	}
	k.forced = time.Now()
	k.begin()
	return nil, k.asking, nil
}

// begin asks the issuer, not for one request's sake: its client may go. It holds mu.
func (k *Keys) begin() {
	over := make(chan struct{})
	k.asking = over
	go func() {
		_ = k.ask(context.Background()) // told and counted
		k.mu.Lock()
		defer k.mu.Unlock()
		k.asking = nil
		close(over)
	}()
}

// refresh asks, or waits for a question that is under way.
func (k *Keys) refresh(ctx context.Context) error {
	k.mu.Lock()
	if k.asking == nil {
		k.begin()
	}
	wait := k.asking
	k.mu.Unlock()
	select {
	case <-wait:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

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

// fresh says whether the keys may be believed. It holds mu.
func (k *Keys) fresh() bool { return !k.heard.IsZero() && time.Since(k.heard) <= k.config.Keep }

func (k *Keys) usable() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fresh()
}

// lost says that the last question was not answered.
func (k *Keys) lost() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failed
}

// A keptSet is what stands in the file.
type keptSet struct {
	Heard time.Time       `json:"heard"`
	Set   json.RawMessage `json:"set"`
}

// keep writes the keys down, with when they were heard: their age counts from then.
func (k *Keys) keep(set []byte) error {
	if k.config.Cache == "" {
		return nil
	}
	text, err := json.Marshal(keptSet{time.Now(), set})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(k.config.Cache), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(k.config.Cache, text)
}

// kept reads what keep wrote.
func (k *Keys) kept() (time.Time, map[string]ed25519.PublicKey, error) {
	var s keptSet
	text, err := os.ReadFile(k.config.Cache)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s.Heard, nil, err
	}
	keys, err := parse(s.Set)
	return s.Heard, keys, err
}
