package call

import (
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/drillctl/drillctl/gateway/store/reply"
)

// maxAnswer bounds what is passed on, in bytes.
const maxAnswer = 256 << 20

// An Answer is another node's, of any status, read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Whole sends a request and reads the answer, of at most 256 MiB.
func Whole(client *http.Client, req *http.Request) (Answer, error) {
	res, err := client.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	whole, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return Answer{res.StatusCode, res.Header, whole}, err
}

// PassOn gives it as one's own.
func (a Answer) PassOn(w http.ResponseWriter) {
	for _, name := range []string{"Content-Type", "Cache-Control", "Retry-After", reply.Leader, reply.Epoch, reply.Missing} {
		if v := a.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a client that has gone needs no answer
}

// Lost answers for a write that who did not answer: nothing is stored for certain
// only if no byte of it went out.
func Lost(w http.ResponseWriter, who string, err error) {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		reply.Refuse(w, who+" is out of reach: "+err.Error())
		return
	}
	reply.Unsure(w, who+" did not answer: "+err.Error())
}
