package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/reply"
)

// maxAnswer bounds an answer of the store, in bytes.
const maxAnswer = 256 << 20

// An answer is the store's, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *service) post(w http.ResponseWriter, r *http.Request) {
	o, err := order.Decode(r.Body)
	switch {
	case errors.Is(err, order.ErrTooLarge):
		reply.Error(w, http.StatusRequestEntityTooLarge, err.Error())
		return
	case err != nil:
		reply.Error(w, http.StatusBadRequest, err.Error())
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
	switch {
	case err != nil && unsent(err):
		reply.Refuse(w, "the store of "+s.config.Region+" is out of reach: "+err.Error())
	case err != nil:
		reply.Unsure(w, "the store of "+s.config.Region+" did not answer: "+err.Error())
	default:
		res.passOn(w)
	}
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
	res.passOn(w)
}

// ask sends a request to the store and reads the whole answer.
func (s *service) ask(ctx context.Context, method, path string, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.config.Store+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	whole, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return answer{res.StatusCode, res.Header, whole}, err
}

// unsent says that no byte of the request went out.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// passOn gives the store's answer as one's own.
func (a answer) passOn(w http.ResponseWriter) {
	for _, name := range []string{"Content-Type", "Cache-Control", "Retry-After", reply.Leader, reply.Epoch, reply.Missing} {
		if v := a.header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone needs no answer
}
