package certs

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/drillctl/drillctl/gateway/store/reply"
)

// maxQuestion bounds what is read of one question, in bytes.
const maxQuestion = 1 << 16

// Routes puts the door for whoever operates the gateway on a mux. It belongs on a
// port that clients do not use.
func (s *Server) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /admin/issuer", s.ask)
	mux.HandleFunc("POST /admin/issuer", s.sign)
	mux.HandleFunc("GET /admin/certificate", func(w http.ResponseWriter, _ *http.Request) { s.tell(w, nil) })
	mux.HandleFunc("POST /admin/certificate", s.replace)
	mux.HandleFunc("DELETE /admin/certificate", func(w http.ResponseWriter, _ *http.Request) { s.Restore(); s.tell(w, nil) })
}

// tell answers with what is served, unless there was an error.
func (s *Server) tell(w http.ResponseWriter, err error) {
	var state State
	if err == nil {
		state, err = s.State()
	}
	switch {
	case errors.Is(err, ErrUnsigned):
		reply.Error(w, http.StatusServiceUnavailable, err.Error())
	case err != nil:
		reply.Error(w, http.StatusBadRequest, err.Error())
	default:
		reply.JSON(w, http.StatusOK, state)
	}
}

func (s *Server) ask(w http.ResponseWriter, _ *http.Request) {
	text, err := s.Request()
	if err != nil {
		reply.Error(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/pkcs10")
	_, _ = w.Write(text) // the asker may be gone
}

func (s *Server) sign(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	if err == nil {
		err = s.Enroll(text)
	}
	s.tell(w, err)
}

func (s *Server) replace(w http.ResponseWriter, r *http.Request) {
	var terms Terms
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxQuestion)).Decode(&terms)
	if err == nil {
		err = s.Serve(terms)
	}
	s.tell(w, err)
}
