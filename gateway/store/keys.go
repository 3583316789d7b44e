package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/reply"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// tenant finds who has a key, in the copy of this region.
func (d *door) tenant(e engine, sum string) (order.Tenant, bool) {
	if t, ok := d.aside.Load(sum); ok {
		return t.(order.Tenant), true
	}
	return e.Table().Tenant(sum)
}

func (d *door) key(e engine, w http.ResponseWriter, r *http.Request) {
	t, ok := d.tenant(e, r.PathValue("sum"))
	if !ok {
		w.Header().Set(reply.Missing, "true")
		reply.Error(w, http.StatusNotFound, "no tenant has this key here")
		return
	}
	reply.JSON(w, http.StatusOK, t)
}

func (d *door) addKey(e engine, w http.ResponseWriter, r *http.Request) {
	t, err := order.DecodeTenant(r.Body)
	if err != nil {
		reply.Error(w, http.StatusBadRequest, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), forwardWait)
	defer cancel()
	switch err := d.add(ctx, e, t, r.Header.Get(forwarded) == ""); {
	case errors.Is(err, state.ErrNotLeader):
		reply.Refuse(w, err.Error())
	case err != nil:
		reply.Unsure(w, err.Error())
	default:
		reply.JSON(w, http.StatusCreated, t)
	}
}

// add writes a tenant's key into the log, or has the leader do it.
func (d *door) add(ctx context.Context, e engine, t order.Tenant, pass bool) error {
	if d.config.has(bug.KeysNotReplicated) {
		d.aside.Store(t.Key, t)
		return nil
	}
	_, err := e.Write(ctx, t.Entry())
	if !errors.Is(err, state.ErrNotLeader) || !pass {
		return err
	}
	leader, ok := d.leader(e)
	if !ok {
		return err
	}
	body, err := json.Marshal(t)
	if err != nil {
		return err
	}
	res, err := d.ask(ctx, http.MethodPost, leader, "/keys", body)
	if err == nil && res.Status != http.StatusCreated {
		err = fmt.Errorf("the leader in %s answered %d %s", leader.Region, res.Status, http.StatusText(res.Status))
	}
	return err
}

// seedEvery is the time between two tries to add a key.
const seedEvery = 100 * time.Millisecond

// seed adds the configured tenants' keys, until the copy of this region has all.
func (d *door) seed(ctx context.Context) {
	for _, t := range d.config.Tenants {
		for !d.has(ctx, t) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(seedEvery):
			}
		}
	}
	d.seeded.Store(true)
}

// has says whether a key is here, and adds it if it is not.
func (d *door) has(ctx context.Context, t order.Tenant) bool {
	e := d.behind.Load()
	if e == nil {
		return false
	}
	if _, there := d.tenant(*e, t.Key); there {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, forwardWait)
	defer cancel()
	_ = d.add(ctx, *e, t, true) // the next look shows what came of it
	_, there := d.tenant(*e, t.Key)
	return there
}
