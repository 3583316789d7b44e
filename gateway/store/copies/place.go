package copies

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/drillctl/drillctl/gateway/store/call"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// A Place is where copies are kept: the cupboard of a store or of an object store.
type Place struct {
	call.Peer
	Region, Kind string
	// Own is the cupboard itself, if it is that of this very node.
	Own *Cupboard
}

func (p Place) String() string { return p.Name + " (" + p.Kind + ")" }

// Send puts a copy there; text is the form of a snapshot.
func (p Place) Send(ctx context.Context, text []byte, wait time.Duration) error {
	_, err := p.Do(ctx, wait, http.MethodPut, "/backup", bytes.NewReader(text))
	return err
}

// List is what should be there, oldest first.
func (p Place) List(ctx context.Context, wait time.Duration) ([]Copy, error) {
	if p.Own != nil {
		return p.Own.List()
	}
	text, err := p.Do(ctx, wait, http.MethodGet, "/copies", nil)
	if err != nil {
		return nil, err
	}
	var l Listing
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("listing the backups of %s: %w", p, err)
	}
	return l.Copies, nil
}

// Read returns the bytes of a copy, whatever they are.
func (p Place) Read(ctx context.Context, name string, wait time.Duration) ([]byte, error) {
	if p.Own != nil {
		return p.Own.Read(name)
	}
	return p.Do(ctx, wait, http.MethodGet, "/copies/"+name, nil)
}

// Open reads a copy and checks it.
func (p Place) Open(ctx context.Context, c Copy, wait time.Duration) (snapshot.Snapshot, error) {
	text, err := p.Read(ctx, c.Name, wait)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	return c.Open(text)
}

// Inspect reads all that should be there and returns why a restore could not rely
// on it: it is out of reach, a copy is damaged or missing, the newest was taken
// before since (on the monotonic clock), or there is none.
func (p Place) Inspect(ctx context.Context, since int64, wait time.Duration) error {
	list, err := p.List(ctx, wait)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("%s holds no backup", p)
	}
	for _, c := range list {
		if _, err := p.Open(ctx, c, wait); err != nil && p.lists(ctx, c, wait) {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	if newest := list[len(list)-1]; newest.Taken < since {
		return fmt.Errorf("%s: the newest backup, %s, is %s older than it may be", p, newest.Name, time.Duration(since-newest.Taken).Round(time.Millisecond))
	}
	return nil
}

// lists says whether a copy is to be there still: it may have been removed for a
// newer one just now.
func (p Place) lists(ctx context.Context, c Copy, wait time.Duration) bool {
	list, err := p.List(ctx, wait)
	return err != nil || slices.ContainsFunc(list, func(l Copy) bool { return l.Name == c.Name })
}
