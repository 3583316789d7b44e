package store

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/drillctl/drillctl/gateway/store/call"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/reply"
)

// forwarded marks a request that comes from another store: it is not passed on
// again.
const forwarded = "Drill-Forwarded-By"

// The times that the leader's store is given.
const (
	dialWait    = 250 * time.Millisecond
	forwardWait = 320 * time.Millisecond
	idsWait     = 5 * time.Second // for lists, which can be long
)

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialWait}).DialContext,
		MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second, DisableCompression: true,
	}}
}

// leader is the other store that leads.
func (d *door) leader(e engine) (Peer, bool) {
	s := e.State()
	for _, p := range d.config.others() {
		if p.Name == s.Leader {
			return p, true
		}
	}
	return Peer{}, false
}

// forwardWrite lets the leader store the order.
func (d *door) forwardWrite(w http.ResponseWriter, r *http.Request, to Peer, o order.Order) {
	body, err := json.Marshal(o)
	if err != nil {
		reply.Error(w, http.StatusInternalServerError, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), forwardWait)
	defer cancel()
	res, err := d.ask(ctx, http.MethodPost, to, "/orders", body)
	if err != nil {
		call.Lost(w, "the leader in "+to.Region, err)
		return
	}
	res.PassOn(w)
}

// elsewhere answers with what the leader says, if that was asked for and this
// store does not lead.
func (d *door) elsewhere(e engine, w http.ResponseWriter, r *http.Request) bool {
	switch scope := r.URL.Query().Get("scope"); scope {
	case "", "local":
		return false
	case "leader":
	default:
		reply.Error(w, http.StatusBadRequest, "scope "+scope+`: want "local" or "leader"`)
		return true
	}
	s := e.State()
	if s.Leader == d.config.Name && s.Ready {
		return false
	}
	to, ok := d.leader(e)
	if !ok || r.Header.Get(forwarded) != "" {
		reply.Refuse(w, "no leader is known here")
		return true
	}
	ctx, cancel := context.WithTimeout(r.Context(), idsWait)
	defer cancel()
	res, err := d.ask(ctx, http.MethodGet, to, r.URL.RequestURI(), nil)
	if err != nil {
		reply.Refuse(w, "the leader in "+to.Region+" did not answer: "+err.Error())
		return true
	}
	res.PassOn(w)
	return true
}

// ask sends a request to another store and reads the whole answer.
func (d *door) ask(ctx context.Context, method string, to Peer, path string, body []byte) (call.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, d.config.url(to)+path, bytes.NewReader(body))
	if err != nil {
		return call.Answer{}, err
	}
	req.Header.Set(forwarded, d.config.Name)
	return call.Whole(d.client, req)
}
