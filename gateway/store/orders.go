package store

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/reply"
)

// maxPage bounds one page of ids.
const maxPage = 10_000

// record is the answer to GET /orders/{id}.
type record struct {
	order.Order
	Region string `json:"region"` // of the leader that took it
	Epoch  uint64 `json:"epoch"`
}

func (d *door) get(e engine, w http.ResponseWriter, r *http.Request) {
	id, err := order.ParseID(r.PathValue("id"))
	if err != nil {
		reply.Error(w, http.StatusBadRequest, err.Error())
		return
	}
	if d.elsewhere(e, w, r) {
		return
	}
	found, ok := e.Table().Get(id)
	if !ok || found.Tenant != nil {
		w.Header().Set(reply.Missing, "true")
		reply.Error(w, http.StatusNotFound, fmt.Sprintf("order %d is not here", id))
		return
	}
	reply.JSON(w, http.StatusOK, record{Order: found.Order, Region: found.Region, Epoch: found.Epoch})
}

// page is the answer to GET /orders. Next is "" on the last page.
type page struct {
	IDs  []order.ID `json:"ids"`
	Next string     `json:"next"`
}

func (d *door) list(e engine, w http.ResponseWriter, r *http.Request) {
	after, all, limit, err := window(r.URL.Query())
	if err != nil {
		reply.Error(w, http.StatusBadRequest, err.Error())
		return
	}
	if d.elsewhere(e, w, r) {
		return
	}
	ids, whole := e.Table().Page(after, all, limit)
	out := page{IDs: append([]order.ID{}, ids...)}
	if !whole && len(ids) > 0 {
		out.Next = ids[len(ids)-1].String()
	}
	reply.JSON(w, http.StatusOK, out)
}

// window reads which part of a list is wanted.
func window(q url.Values) (after order.ID, all bool, limit int, err error) {
	limit, all = 100, !q.Has("after")
	if !all {
		if after, err = order.ParseID(q.Get("after")); err != nil {
			return after, all, limit, fmt.Errorf("after: %w", err)
		}
	}
	if text := q.Get("limit"); text != "" {
		limit, err = strconv.Atoi(text)
		if err != nil || limit < 1 || limit > maxPage {
			return after, all, limit, fmt.Errorf("limit %.20q: want 1 to %d", text, maxPage)
		}
	}
	return after, all, limit, nil
}

// ledger is the answer to GET /orders/ids.
type ledger struct {
	Region     string      `json:"region"` // whose copy this is
	Leader     string      `json:"leader"` // the region that leads, "" if unknown
	Epoch      uint64      `json:"epoch"`
	IDs        [][2]uint64 `json:"ids"`        // inclusive ranges, ascending
	Duplicates []uint64    `json:"duplicates"` // stored more than once, each once
}

func (d *door) ids(e engine, w http.ResponseWriter, r *http.Request) {
	if d.elsewhere(e, w, r) {
		return
	}
	s := e.State()
	out := ledger{Region: d.config.Region, Leader: s.LeaderRegion, Epoch: s.Epoch}
	out.IDs, out.Duplicates = e.Table().Ranges()
	reply.JSON(w, http.StatusOK, out)
}
