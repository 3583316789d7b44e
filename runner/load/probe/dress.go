package probe

import (
	"bytes"
	"io"
	"maps"
	"net/http"

	"github.com/drillctl/drillctl/drill"
)

// The headers of requests, instead of vegeta's. All requests share them: nobody
// changes them.
var (
	readHeader  = http.Header{"User-Agent": {"drillctl"}}
	writeHeader = http.Header{"User-Agent": {"drillctl"}, "Content-Type": {"application/json"}}
	identity    = []string{"identity"}
)

// once makes req one that net/http sends once at most. Left to itself it sends
// a GET again, silently, when a kept connection turns out to be dead, and a POST
// when nothing of it was written; then a failure that a user's client may see
// would never be in the record. Requests whose body cannot be had again are
// left alone, so the body of a POST loses its GetBody, and a GET gets an empty
// one. ("identity" spares net/http the goroutine that looks whether a body of
// unknown length is empty; no header is sent for it.)
func once(req *http.Request) *http.Request {
	req.GetBody = nil
	req.Header = writeHeader
	if req.Body == nil || req.Body == http.NoBody {
		req.Body = io.NopCloser(bytes.NewReader(nil))
		req.ContentLength = -1
		req.TransferEncoding = identity
		req.Header = readHeader
	}
	return req
}

// dressed puts on the headers of the form, or those that the bundled system wants.
func (t *Tripper) dressed(req *http.Request, s *drill.Sample) *http.Request {
	if t.Form == nil {
		if len(t.Send) > 0 {
			req.Header = req.Header.Clone()
			maps.Copy(req.Header, t.Send)
		}
		return t.authorized(req, s)
	}
	base := readHeader
	if t.Form.HasBody() {
		base = writeHeader
	}
	req.Header = t.Form.Header(base, s.ID)
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	return req
}

// authorized adds the token, to headers of the request's own.
func (t *Tripper) authorized(req *http.Request, s *drill.Sample) *http.Request {
	if t.Authorization == nil {
		return req
	}
	text, expired := t.Authorization(s.ID)
	if s.Expired = expired; text != "" {
		req.Header = req.Header.Clone()
		req.Header["Authorization"] = []string{text}
	}
	return req
}
