package store

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/drillctl/drillctl/gateway/store/async"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/reply"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// maxBackup bounds a backup that is taken in, in bytes.
const maxBackup = 1 << 30

func (d *door) status(e engine, w http.ResponseWriter, _ *http.Request) {
	reply.JSON(w, http.StatusOK, e.State())
}

func (d *door) metrics(e engine, w http.ResponseWriter, _ *http.Request) {
	s := e.State()
	leads := 0
	if s.Role == state.Leader {
		leads = 1
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = fmt.Fprintf(w, "# TYPE store_leader gauge\nstore_leader %d\n# TYPE store_epoch gauge\nstore_epoch %d\n"+
		"# TYPE store_log_entries counter\nstore_log_entries %d\n# TYPE store_lag_entries gauge\nstore_lag_entries %d\n", leads, s.Epoch, s.Last, s.Lag)
}

// quarantined is the answer to GET /divergent.
type quarantined struct {
	Region string     `json:"region"`
	Count  int        `json:"count"`
	IDs    []order.ID `json:"ids"`
}

func (d *door) divergent(e engine, w http.ResponseWriter, _ *http.Request) {
	out := quarantined{Region: d.config.Region, IDs: []order.ID{}}
	if q, ok := e.(quarantiner); ok {
		ids, err := q.Divergent()
		if err != nil {
			reply.Error(w, http.StatusInternalServerError, err.Error())
			return
		}
		out.IDs, out.Count = ids, len(ids)
	}
	reply.JSON(w, http.StatusOK, out)
}

// log gives another store the entries behind ?after=, in the form of package
// snapshot.
func (d *door) log(e engine, w http.ResponseWriter, r *http.Request) {
	l, ok := e.(logger)
	if !ok {
		reply.NoSuchPath(w, r)
		return
	}
	after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		reply.Error(w, http.StatusBadRequest, "after: want a sequence number")
		return
	}
	text, err := l.Log(after).Encode()
	if err != nil {
		reply.Error(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(text) // the reader checks the sum
}

// backup takes in the leader's log.
func (d *door) backup(e engine, w http.ResponseWriter, r *http.Request) {
	taker, ok := e.(receiver)
	if !ok || d.config.Replication != Backup {
		reply.NoSuchPath(w, r)
		return
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBackup))
	if err != nil {
		reply.Error(w, http.StatusBadRequest, "reading the backup: "+err.Error())
		return
	}
	s, err := snapshot.Decode(text)
	if err == nil {
		err = taker.Receive(r.Context(), s)
	}
	if err != nil {
		decline(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// decline says why something of the leader's is not taken.
func decline(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, snapshot.ErrCorrupt):
		reply.Error(w, http.StatusUnprocessableEntity, err.Error())
	case errors.Is(err, state.ErrStale):
		reply.Error(w, http.StatusConflict, err.Error())
	default:
		reply.Error(w, http.StatusInternalServerError, err.Error())
	}
}

// events takes in a batch of events of the leader's log.
func (d *door) events(e engine, w http.ResponseWriter, r *http.Request) {
	taker, ok := e.(copier)
	if !ok || d.config.Replication != ByEvents {
		reply.NoSuchPath(w, r)
		return
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBackup))
	if err != nil {
		reply.Error(w, http.StatusBadRequest, "reading the events: "+err.Error())
		return
	}
	var taken async.Taken
	s, err := snapshot.Decode(text)
	if err == nil {
		taken, err = taker.Take(r.Context(), s)
	}
	if err != nil {
		decline(w, err)
		return
	}
	reply.JSON(w, http.StatusOK, taken)
}
