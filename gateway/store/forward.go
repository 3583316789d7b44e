package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

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

// maxAnswer bounds what is passed on, in bytes.
const maxAnswer = 256 << 20

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
	switch {
	case err != nil && unsent(err):
		reply.Refuse(w, "the leader in "+to.Region+" is out of reach: "+err.Error())
	case err != nil:
		reply.Unsure(w, "the leader in "+to.Region+" did not answer: "+err.Error())
	default:
		passOn(w, res)
	}
}

// unsent says that no byte of the request went out.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
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
	passOn(w, res)
	return true
}

// ask sends a request to another store and reads the whole answer.
func (d *door) ask(ctx context.Context, method string, to Peer, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, d.config.url(to)+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set(forwarded, d.config.Name)
	res, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	whole, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	res.Body = io.NopCloser(bytes.NewReader(whole))
	return res, err
}

// passOn gives another store's answer as one's own.
func passOn(w http.ResponseWriter, res *http.Response) {
	for _, name := range []string{"Content-Type", "Cache-Control", "Retry-After", reply.Leader, reply.Epoch, reply.Missing} {
		if v := res.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body) // a client that has gone needs no answer
}
