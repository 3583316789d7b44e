package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/drillctl/drillctl/gateway/store/call"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/reply"
)

func (s *service) post(w http.ResponseWriter, r *http.Request) {
	o, err := order.Decode(r.Body)
	if err != nil {
		reply.NoOrder(w, err)
		return
	}
	body, err := json.Marshal(o)
	if err != nil {
		reply.Error(w, http.StatusInternalServerError, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askWait)
	defer cancel()
	res, err := s.ask(ctx, http.MethodPost, "/orders", body)
	if err != nil {
		call.Lost(w, "the store of "+s.config.Region, err)
		return
	}
	res.PassOn(w)
}

func (s *service) get(w http.ResponseWriter, r *http.Request) {
	id, err := order.ParseID(r.PathValue("id"))
	if err != nil {
		reply.Error(w, http.StatusBadRequest, err.Error())
		return
	}
	s.read(w, r, "/orders/"+id.String()+query(r.URL.Query(), "scope"), askWait)
}

func (s *service) list(w http.ResponseWriter, r *http.Request) {
	s.read(w, r, "/orders"+query(r.URL.Query(), "after", "limit", "scope"), askWait)
}

// ids asks for the leader's copy, unless that of this region is wanted.
func (s *service) ids(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !q.Has("scope") {
		q.Set("scope", "leader")
	}
	s.read(w, r, "/orders/ids"+query(q, "scope"), listWait)
}

// query keeps what the store understands.
func query(from url.Values, keys ...string) string {
	kept := url.Values{}
	for _, k := range keys {
		if from.Has(k) {
			kept.Set(k, from.Get(k))
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "?" + kept.Encode()
}

func (s *service) read(w http.ResponseWriter, r *http.Request, path string, wait time.Duration) {
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	res, err := s.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		reply.Refuse(w, "the store of "+s.config.Region+" did not answer: "+err.Error())
		return
	}
	res.PassOn(w)
}

// ask sends a request to the store and reads the whole answer.
func (s *service) ask(ctx context.Context, method, path string, body []byte) (call.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.config.Store+path, bytes.NewReader(body))
	if err != nil {
		return call.Answer{}, err
	}
	return call.Whole(s.client, req)
}
