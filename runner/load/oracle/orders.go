package oracle

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

func (s *Server) post(w http.ResponseWriter, r *http.Request) {
	var order struct {
		ID uint64 `json:"id,string"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&order); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.orders[order.ID] = true
	s.mu.Unlock()
	w.Header().Set("X-Leader", "oracle")
	w.Header().Set("X-Epoch", "1")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"id":"%d","region":"oracle","epoch":1}`, order.ID)
}

func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	s.mu.Lock()
	there := s.orders[id]
	s.mu.Unlock()
	if err != nil || !there {
		w.Header().Set("X-Order-Missing", "true")
		http.Error(w, "no such order", http.StatusNotFound)
		return
	}
	fmt.Fprintf(w, `{"id":"%d"}`, id)
}

func (s *Server) ids(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	ids := make([][2]uint64, 0, len(s.orders))
	for id := range s.orders {
		ids = append(ids, [2]uint64{id, id})
	}
	s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{"region": "oracle", "leader": "oracle", "epoch": 1, "ids": ids})
}
