package tokens

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"sync"
	"time"
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
