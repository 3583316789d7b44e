package store

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/reply"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// writeWait bounds a write at the leader. The one who asked is given a little
// more (forwardWait), and the API more again, so that the store that knows is
// the one that says why.
const writeWait = 280 * time.Millisecond

// receipt is the answer to a POST that was stored.
type receipt struct {
	ID     order.ID `json:"id"`
	Region string   `json:"region"`
	Epoch  uint64   `json:"epoch"`
}

func (d *door) post(e engine, w http.ResponseWriter, r *http.Request) {
	o, err := order.Decode(r.Body)
	if err != nil {
		reply.NoOrder(w, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), writeWait)
	defer cancel()
	got, err := e.Write(ctx, o)
	if errors.Is(err, state.ErrNotLeader) && r.Header.Get(forwarded) == "" {
		if leader, ok := d.leader(e); ok {
			d.forwardWrite(w, r, leader, o)
			return
		}
	}
	answer(w, o.ID, got, err)
}

// answer tells how a write ended. Whatever is not known for certain is never a
// 4xx.
func answer(w http.ResponseWriter, id order.ID, got state.Receipt, err error) {
	switch {
	case errors.Is(err, state.ErrNotLeader):
		reply.Refuse(w, "no leader takes writes now: "+err.Error())
		return
	case errors.Is(err, state.ErrAhead):
		reply.Refuse(w, err.Error())
		return
	case err != nil:
		reply.Unsure(w, err.Error())
		return
	}
	w.Header().Set(reply.Leader, got.Region)
	w.Header().Set(reply.Epoch, strconv.FormatUint(got.Epoch, 10))
	status := http.StatusCreated
	if got.Existing {
		status = http.StatusOK
	}
	reply.JSON(w, status, receipt{ID: id, Region: got.Region, Epoch: got.Epoch})
}
